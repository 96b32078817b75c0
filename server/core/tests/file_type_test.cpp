#include "core/attachments/file_type.hpp"

#include <gtest/gtest.h>

namespace boternity::core {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPngBytes = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1"sv;

std::string type_name(std::string_view bytes) {
    const auto type = type_of_file(bytes);
    return type ? std::string(type->media_type) : std::string(code_name(type.error().code));
}

TEST(FileType, IsToldByTheBytes) {
    EXPECT_EQ(type_name(kPngBytes), "image/png");
    EXPECT_EQ(type_name("\xff\xd8\xff\xe0\0\x10JFIF"sv), "image/jpeg");
    EXPECT_EQ(type_name("GIF89a\1\0\1\0\0\0\0\x3b"sv), "image/gif");
    EXPECT_EQ(type_name("RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0"sv), "image/webp");
    EXPECT_EQ(type_name("%PDF-1.7\n%\xe2\xe3\xcf\xd3"), "application/pdf");
    EXPECT_EQ(type_name("Grüße\r\n\tyours\x1b[0m"), "text/plain");
    EXPECT_EQ(type_of_file(kPngBytes)->kind, FileKind::Image);
    EXPECT_EQ(type_of_file("%PDF-1.7\n%")->kind, FileKind::Document);
}

TEST(FileType, WhatRunsInABrowserIsText) {
    EXPECT_EQ(type_name("<svg onload=\"alert(1)\"/>"), "text/plain");
    EXPECT_EQ(type_name("<!doctype html><script>alert(1)</script>"), "text/plain");
    EXPECT_EQ(type_name("<script>/*%PDF-1.7*/</script>"), "text/plain")
        << "a mark counts at the beginning only";
}

TEST(FileType, WhatNoModelReadsIsRefused) {
    for (const std::string_view bytes :
         {""sv,
          "\x7f"
          "ELF\2\1\1\0"sv,
          "PK\3\4\x14\0"sv, "\x89PNG\r\n\x1a\n"sv, "RIFF\1\0\0\0WAVEfmt "sv, "a\0b"sv, "\xff\xfeh\0i\0"sv,
          "caf\xe9"sv, "\xff\xd8\xff"sv, "%PDF-\xff"sv})
        EXPECT_EQ(type_name(bytes), "invalid_argument") << bytes;
    const auto refused = type_of_file("PK\3\4\0"sv);
    EXPECT_EQ(refused.error().field, "file");
    EXPECT_NE(refused.error().message.find("PNG, JPEG, GIF, WebP, PDF or UTF-8 text"), std::string::npos);
}

TEST(FileType, SizeIsBounded) {
    std::string image(kPngBytes);
    image.resize(kMaxAttachmentBytes);
    EXPECT_EQ(type_name(image), "image/png");
    image += 'x';
    EXPECT_EQ(type_name(image), "too_large");
    std::string text;
    while (text.size() < kMaxTextFileBytes) text += "ü";
    EXPECT_EQ(type_name(text), "text/plain");
    EXPECT_EQ(type_name(text + "ü"), "too_large");
    EXPECT_EQ(type_name(std::string(kMaxTextFileBytes + 1, '\0')), "invalid_argument");
}

TEST(FileName, IsWhatIsLeftOfAPath) {
    const FileType png = *type_of_file(kPngBytes);
    EXPECT_EQ(kept_file_name("photo.png", png), "photo.png");
    EXPECT_EQ(kept_file_name("../../etc/passwd", png), "passwd");
    EXPECT_EQ(kept_file_name("C:\\Users\\ada\\photo 1.png", png), "photo 1.png");
    EXPECT_EQ(kept_file_name("a/b/", png), "file.png");
    for (const char* nothing : {"", ".", "..", "../..", " . ", "\n"})
        EXPECT_EQ(kept_file_name(nothing, png), "file.png") << nothing;
    EXPECT_EQ(kept_file_name("a\nb\x1b[31m\xc2\x9b.png", png), "a b [31m .png");
    EXPECT_EQ(kept_file_name(".hidden", png), "hidden");
    std::string wide(254, 'x');
    EXPECT_EQ(kept_file_name(wide + "üü", png), wide) << "cut between characters";
    EXPECT_EQ(kept_file_name(std::string(300, 'y'), png).size(), 255U);
}

}  // namespace
}  // namespace boternity::core
