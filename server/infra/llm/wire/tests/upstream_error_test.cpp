#include "infra/llm/wire/upstream_error.hpp"
#include "infra/llm/wire/vendor_text.hpp"

#include <gtest/gtest.h>

namespace boternity::infra {
namespace {

using std::chrono::milliseconds;

Error told(int status, std::string_view body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    return upstream_error({.status = status, .headers = std::move(headers)}, body, "my-own-secret");
}

TEST(UpstreamError, NamesWhatHappenedByTheStatus) {
    struct Case {
        int status;
        std::string_view body;
        ErrorCode code;
    };
    for (
        const Case& c : {
            Case{401, R"({"error":{"message":"Incorrect API key"}})", ErrorCode::UpstreamAuth},
            Case{403, "", ErrorCode::UpstreamAuth},
            Case{429, R"({"error":{"type":"requests","code":"rate_limit_exceeded"}})",
                 ErrorCode::UpstreamRateLimited},
            Case{400, R"({"error":{"message":"bad"}})", ErrorCode::UpstreamRefused},
            Case{404, "<html>Not Found</html>", ErrorCode::UpstreamRefused},
            Case{413, "", ErrorCode::UpstreamRefused},
            Case{422, R"({"detail":[{"msg":"field required"}]})", ErrorCode::UpstreamRefused},
            Case{400, R"({"error":{"message":"x","code":"context_length_exceeded"}})",
                 ErrorCode::ContextTooLong},
            Case{
                400,
                R"({"object":"error","message":"This model's maximum context length is 4096 tokens","code":400})",
                ErrorCode::ContextTooLong},
            Case{408, "", ErrorCode::UpstreamFailed},
            Case{500, "oops", ErrorCode::UpstreamFailed},
            Case{503, R"({"error":"loading model"})", ErrorCode::UpstreamFailed},
            Case{529, R"({"error":{"message":"Overloaded"}})", ErrorCode::UpstreamFailed},
            Case{302, "", ErrorCode::UpstreamFailed},
            Case{204, "", ErrorCode::UpstreamFailed},
        }) {
        const Error error = told(c.status, c.body);
        EXPECT_EQ(error.code, c.code) << c.status << " " << c.body;
        EXPECT_FALSE(error.message.empty());
        EXPECT_FALSE(error.retry_after);
    }
}

TEST(UpstreamError, ARequestTooLargeIsOneTooLong) {
    const Error error =
        told(413, R"({"type":"error","error":{"type":"request_too_large","message":"32 MB"}})");
    EXPECT_EQ(error.code, ErrorCode::ContextTooLong) << "less of the conversation would fit";
}

TEST(UpstreamError, TellsWhenToComeBack) {
    for (const int status : {429, 500, 503, 529, 408}) {
        EXPECT_EQ(told(status, "", {{"retry-after", "3"}}).retry_after, milliseconds(3'000));
    }
    EXPECT_EQ(told(429, "", {{"retry-after-ms", "120"}, {"retry-after", "3"}}).retry_after,
              milliseconds(120));
}

TEST(UpstreamError, SaysThatTheCreditIsUsedUp) {
    const Error error =
        told(429, R"({"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}})");
    EXPECT_EQ(error.code, ErrorCode::UpstreamRefused) << "to wait does not help";
    EXPECT_TRUE(error.message.contains("insufficient_quota")) << error.message;
    EXPECT_TRUE(error.message.contains("credit")) << error.message;
}

TEST(UpstreamError, RepeatsTheVendorsSentenceWithoutKeys) {
    const Error error =
        told(401, R"({"error":{"message":"Incorrect API key provided: sk-proj-Ab12Cd34Ef56Gh78. Yours was )"
                  R"(my-own-secret.\nSee https://platform.example.com/account/api-keys.",)"
                  R"("code":"my-own-secret"}})");
    EXPECT_FALSE(error.message.contains("sk-proj"));
    EXPECT_FALSE(error.message.contains("my-own-secret"));
    EXPECT_FALSE(error.detail.contains("my-own-secret"));
    EXPECT_TRUE(error.message.contains("Incorrect API key provided: [hidden]")) << error.message;
    EXPECT_TRUE(error.message.contains("https://platform.example.com/account/api-keys")) << error.message;
    EXPECT_FALSE(error.message.contains('\n'));
}

TEST(UpstreamError, APageForPeopleNamesItsTypeAndTheBaseUrl) {
    const Error error = not_an_answer("text/html; charset=utf-8", "Chat Completions", "usually ends in /v1");
    EXPECT_EQ(error.code, ErrorCode::UpstreamFailed);
    EXPECT_TRUE(error.message.contains("text/html")) << error.message;
    EXPECT_TRUE(error.message.contains("base_url")) << error.message;
}

TEST(VendorText, IsShortAndClean) {
    EXPECT_EQ(vendor_sentence("a\x1b[31mb\r\n\tc\x7f\xc2\x85"
                              "d",
                              {}),
              "a [31mb c d");
    const std::string cut = vendor_sentence(std::string(1000, ' ') +
                                                [] {
                                                    std::string many;
                                                    for (int i = 0; i < 300; ++i) many += "ü ";
                                                    return many;
                                                }(),
                                            {});
    EXPECT_LE(cut.size(), 300U);
    EXPECT_TRUE(cut.ends_with("ü ...") || cut.ends_with("ü...")) << cut;
    EXPECT_EQ(vendor_sentence("\xff\xfe", {}), "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(VendorText, HidesWhatLooksLikeAKey) {
    for (const char* key :
         {"sk-abcdefgh", "sk-ant-api03-xyz_123", "AIzaSyA1234567890", "gsk_abcdefghijk", "hf_abcdefgh",
          "0123456789abcdef0123456789abcdef", "abc12*******xyz", "eyJhbGciOiJIUzI1NiJ9.e30.x"}) {
        EXPECT_EQ(vendor_sentence(std::string("key '") + key + "' is wrong", {}), "key '[hidden]' is wrong")
            << key;
    }
    for (const char* word :
         {"gpt-4o-mini-2024-07-18", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "max_completion_tokens",
          "https://api.example.com/v1/chat/completions", "task-oriented", "skills"}) {
        EXPECT_EQ(vendor_sentence(word, {}), word);
    }
}

}  // namespace
}  // namespace boternity::infra
