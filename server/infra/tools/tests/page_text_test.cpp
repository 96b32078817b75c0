#include "infra/tools/page_text.hpp"
#include "infra/tools/tools.hpp"

#include <gtest/gtest.h>

#include <string>

namespace boternity::infra {
namespace {

std::string text_of(const std::string& html) {
    return html_to_text(html, "https://example.org/a/b?c");
}

TEST(PageText, KeepsWhatPeopleRead) {
    EXPECT_EQ(text_of("<!doctype html><html><head><title>A &amp; B</title><meta charset=utf-8>"
                      "<style>p{}</style><script>var x = '<p>no</p>';</script></head>"
                      "<body><h1>Head</h1><p>One\n  two <b>three</b>.</p><p>Four<br>five</p>"
                      "<ul><li>x</li><li>y <i>z</i></li></ul></body></html>"),
              "Title: A & B\n\n# Head\n\nOne two three.\n\nFour\nfive\n\n- x\n- y z");
}

TEST(PageText, LinksAreWhole) {
    EXPECT_EQ(text_of("<p>See <a href='/x'>this</a>, <a href=\"y?z=1&amp;w=2\">that</a>.</p>"),
              "See this (https://example.org/x), that (https://example.org/a/y?z=1&w=2).");
    EXPECT_EQ(
        text_of("<a href='#top'>up</a> <a href='javascript:alert(1)'>run</a> <a href='mailto:a@b'>mail</a>"),
        "up run mail");
    EXPECT_EQ(text_of("<a href='https://x.org/'>https://x.org/</a>"), "https://x.org/");
    EXPECT_EQ(text_of("<a href='/i'><img src=a.png alt='Map of it'></a><a href='/n'></a>"),
              "Map of it (https://example.org/i)");
}

TEST(PageText, ReferencesAreResolved) {
    const std::string base = "https://example.org/a/b?c#d";
    EXPECT_EQ(resolved_url("../x", base), "https://example.org/x");
    EXPECT_EQ(resolved_url("//other.org/y", base), "https://other.org/y");
    EXPECT_EQ(resolved_url("?q=1", base), "https://example.org/a/b?q=1");
    EXPECT_EQ(resolved_url(" /gr\xc3\xbc\xc3\x9f dich|x ", base),
              "https://example.org/gr%C3%BC%C3%9F%20dich%7Cx");
    EXPECT_EQ(resolved_url("z", "https://example.org/\xc3\xbc/y"), "https://example.org/%C3%BC/z");
    EXPECT_EQ(resolved_url("http://[::1]:8/x", base), "http://[::1]:8/x");
}

TEST(PageText, TablesAndPreformattedText) {
    EXPECT_EQ(text_of("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"),
              "a | b\n1 | 2");
    EXPECT_EQ(text_of("<p>x</p><pre>if a:\n    b\n</pre><p>y</p>"), "x\n\nif a:\n    b\n\ny");
}

TEST(PageText, HiddenAndBrokenThings) {
    EXPECT_EQ(text_of("a<noscript>n</noscript><template><p>t</p></template><svg><text>s</text></svg>b"),
              "ab");
    EXPECT_EQ(text_of("<p>open <b>and <i>never closed"), "open and never closed");
    EXPECT_EQ(text_of("<!-- comment -->x<!-- open"), "x");
    EXPECT_EQ(text_of(""), "");
    EXPECT_EQ(text_of("just text"), "just text");
    EXPECT_EQ(text_of("<p>gr\xc3\xbc\xc3\x9f &uuml; &#x1F600;</p>"),
              "gr\xc3\xbc\xc3\x9f \xc3\xbc \xf0\x9f\x98\x80");
    EXPECT_EQ(text_of("<meta charset=iso-8859-1><p>\xc3\xbc</p>"), "\xc3\xbc");
}

TEST(PageText, DepthAndGrowthAreBounded) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<div>";
    EXPECT_EQ(text_of(deep + "x").size() <= 1, true);
    std::string links;
    const std::string base = "https://example.org/" + std::string(1'900, 'p') + "/";
    while (links.size() < 1'000'000) links += "<a href=q>x</a> ";
    EXPECT_LE(html_to_text(links, base).size(), kMostAnswerBytes);
}

TEST(PageText, BytesBecomeUtf8) {
    EXPECT_EQ(to_utf8("gr\xfc\xdf", ""), "gr\xc3\xbc\xc3\x9f");
    EXPECT_EQ(to_utf8("gr\xc3\xbc", ""), "gr\xc3\xbc");
    EXPECT_EQ(to_utf8("\x80", "iso-8859-1"), "\xe2\x82\xac");
    EXPECT_EQ(to_utf8("\x93\xfa\x96{", "shift_jis"), "\xe6\x97\xa5\xe6\x9c\xac");
    EXPECT_EQ(to_utf8("a\xffz", "utf-8"), "a\xef\xbf\xbdz");
    EXPECT_EQ(to_utf8("cut\xc3", "utf-8"), "cut");
    EXPECT_EQ(to_utf8("x", "no-such-charset"), "x");
    EXPECT_EQ(to_utf8("x", "utf-8//translit"), "x");
    EXPECT_EQ(charset_in_html("<html><META http-equiv=x content='text/html; charset=Windows-1251'>"),
              "windows-1251");
    EXPECT_EQ(charset_in_html("<meta charset=\"UTF-8\">"), "utf-8");
    EXPECT_EQ(charset_in_html("<p>no</p>"), "");
}

TEST(PageText, MediaTypes) {
    EXPECT_EQ(parse_media_type("Text/HTML; Charset=\"UTF-8\"").type, "text/html");
    EXPECT_EQ(parse_media_type("Text/HTML; Charset=\"UTF-8\"").charset, "utf-8");
    for (const char* text : {"", "text/plain", "application/json", "application/ld+json", "image/svg+xml",
                             "application/xml", "text/html"}) {
        EXPECT_TRUE(parse_media_type(text).text()) << text;
    }
    for (const char* other : {"image/png", "application/octet-stream", "application/pdf", "video/mp4"}) {
        EXPECT_FALSE(parse_media_type(other).text()) << other;
    }
}

}  // namespace
}  // namespace boternity::infra
