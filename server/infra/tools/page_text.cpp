#include "infra/tools/page_text.hpp"

#include "infra/tools/tools.hpp"

#include <fmt/format.h>
#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <libxml/uri.h>
#include <libxml/xmlerror.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace boternity::infra {
namespace {

constexpr std::array<std::string_view, 15> kHidden{"script", "style",    "noscript", "template", "svg",
                                                   "iframe", "object",   "canvas",   "select",   "datalist",
                                                   "math",   "textarea", "audio",    "video",    "button"};
constexpr std::array<std::string_view, 33> kBlocks{
    "address", "article", "aside",    "blockquote", "body",   "dd",     "details", "dialog",  "div",
    "dl",      "dt",      "fieldset", "figcaption", "figure", "footer", "form",    "header",  "hr",
    "html",    "main",    "nav",      "ol",         "p",      "pre",    "section", "summary", "table",
    "tbody",   "thead",   "tr",       "ul",         "head",   "li"};
constexpr std::size_t kMostUrl = 2'000;

template <class List>
bool has(const List& list, std::string_view name) {
    return std::ranges::find(list, name) != list.end();
}

bool is_heading(std::string_view name) {
    return name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6';
}

/// Gathers the text while the parser goes through the page. No tree: a page can be as deep as it likes.
class Gathering {
public:
    explicit Gathering(const std::string& url) : url_(url) {}

    void begin(std::string_view name, const xmlChar** attributes) {
        if (hidden_ > 0 || has(kHidden, name)) {
            if (has(kHidden, name)) ++hidden_;
            return;
        }
        if (name == "br") return line(1);
        if (name == "td" || name == "th") return cell();
        if (name == "img") return add(attribute(attributes, "alt"));
        if (name == "a") return link(attribute(attributes, "href"));
        if (name == "pre") ++pre_;
        if (is_heading(name)) {
            line(2);
            mark(std::string(static_cast<std::size_t>(name[1] - '0'), '#') + " ");
        } else if (name == "li") {
            line(1);
            mark("- ");
        } else if (name == "title") {
            line(1);
            mark("Title: ");
        } else if (has(kBlocks, name)) {
            line(name == "p" ? 2 : 1);
        }
    }

    void end(std::string_view name) {
        if (has(kHidden, name)) {
            if (hidden_ > 0) --hidden_;
            return;
        }
        if (hidden_ > 0) return;
        if (name == "a") return end_link();
        if (name == "pre" && pre_ > 0) --pre_;
        if (is_heading(name) || name == "p" || name == "title") return line(2);
        if (has(kBlocks, name)) line(1);
    }

    void add(std::string_view text) {
        if (hidden_ > 0 || out_.size() > kMostAnswerBytes) return;
        for (const char c : text) {
            const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
            if (blank && pre_ == 0) {
                space_ = true;
            } else if (c == '\n' && pre_ > 0) {
                line(static_cast<int>(std::min<std::size_t>(pending_lines_ + 1U, 2)));
            } else {
                character(c);
            }
        }
    }

    std::string finish() {
        end_link();
        shorten(out_, kMostAnswerBytes);
        return std::move(out_);
    }

private:
    static std::string attribute(const xmlChar** attributes, std::string_view wanted) {
        for (; attributes && attributes[0]; attributes += 2) {
            if (reinterpret_cast<const char*>(attributes[0]) != wanted || !attributes[1]) continue;
            return reinterpret_cast<const char*>(attributes[1]);
        }
        return {};
    }

    /// At least so many line ends before the next text.
    void line(int wanted) {
        pending_lines_ = std::max(pending_lines_, static_cast<unsigned>(wanted));
        space_ = false;
        mark_.clear();
    }

    /// Stands before the next text, and nowhere without one.
    void mark(std::string text) { mark_ = std::move(text); }

    void cell() {
        if (pending_lines_ == 0 && !out_.empty()) mark_ = " | ";
        space_ = false;
    }

    void character(char c) {
        if (!out_.empty()) {
            if (pending_lines_ > 0) out_.append(pending_lines_, '\n');
            if (pending_lines_ == 0 && mark_.empty() && space_) out_ += ' ';
        }
        out_ += mark_;
        pending_lines_ = 0;
        space_ = false;
        mark_.clear();
        out_ += c;
    }

    void link(const std::string& reference) {
        end_link();
        if (reference.empty() || reference.starts_with('#') || reference.size() > kMostUrl) return;
        std::string to = resolved_url(reference, url_);
        if (!to.starts_with("http://") && !to.starts_with("https://")) return;
        if (to.size() > kMostUrl) return;
        link_ = std::move(to);
        link_begin_ = out_.size();
    }

    void end_link() {
        const std::string to = std::exchange(link_, {});
        if (to.empty() || out_.size() <= link_begin_) return;  // nothing to read in it
        if (out_.ends_with(to) || out_.size() > kMostAnswerBytes) return;
        out_ += " (" + to + ")";
    }

    const std::string& url_;
    std::string out_;
    std::string mark_;
    std::string link_;
    std::size_t link_begin_ = 0;
    unsigned pending_lines_ = 0;
    int hidden_ = 0;
    int pre_ = 0;
    bool space_ = false;
};

// What the parser calls. None of it throws but for lack of memory.
std::string_view view(const xmlChar* text) {
    return text ? reinterpret_cast<const char*>(text) : "";
}
void on_begin(void* self, const xmlChar* name, const xmlChar** attributes) {
    static_cast<Gathering*>(self)->begin(view(name), attributes);
}
void on_end(void* self, const xmlChar* name) {
    static_cast<Gathering*>(self)->end(view(name));
}
void on_text(void* self, const xmlChar* text, int bytes) {
    static_cast<Gathering*>(self)->add(
        std::string_view(reinterpret_cast<const char*>(text), static_cast<std::size_t>(bytes)));
}
void on_error(void*, const char*, ...) {}

/// Without blanks around it; what no URL may hold, but people write, as browsers send it.
std::string escaped(std::string_view reference) {
    const auto begin = reference.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    reference = reference.substr(begin, reference.find_last_not_of(" \t\r\n") - begin + 1);
    std::string out;
    for (const char c : reference) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7f || std::string_view("\"<>\\^`{|}").contains(c)) {
            out += fmt::format("%{:02X}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

struct FreeParser {
    void operator()(htmlParserCtxtPtr parser) const noexcept { htmlFreeParserCtxt(parser); }
};

}  // namespace

std::string html_to_text(const std::string& html, const std::string& url) {
    if (html.empty() || html.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return {};
    static const bool ready = (xmlInitParser(), true);
    static_cast<void>(ready);
    Gathering gathering(url);
    const std::unique_ptr<htmlParserCtxt, FreeParser> parser(
        htmlCreateMemoryParserCtxt(html.data(), static_cast<int>(html.size())));
    if (!parser) return {};
    std::memset(parser->sax, 0, sizeof(*parser->sax));
    parser->sax->startElement = &on_begin;
    parser->sax->endElement = &on_end;
    parser->sax->characters = &on_text;
    parser->sax->ignorableWhitespace = &on_text;
    parser->sax->error = &on_error;
    parser->sax->warning = &on_error;
    parser->userData = &gathering;
    // What the page says about its charset was looked at before it became UTF-8.
    htmlCtxtUseOptions(parser.get(), HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    xmlSwitchEncoding(parser.get(), XML_CHAR_ENCODING_UTF8);
    htmlParseDocument(parser.get());
    return gathering.finish();
}

std::string resolved_url(const std::string& reference, const std::string& base) {
    const std::unique_ptr<xmlChar, decltype(xmlFree)> made(
        xmlBuildURI(reinterpret_cast<const xmlChar*>(escaped(reference).c_str()),
                    reinterpret_cast<const xmlChar*>(escaped(base).c_str())),
        xmlFree);
    return made ? std::string(reinterpret_cast<const char*>(made.get())) : std::string();
}

}  // namespace boternity::infra
