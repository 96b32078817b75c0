#include "api/auth/access_policy.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace boternity::api {
namespace {

AccessPolicy policy() {
    return AccessPolicy({.token = "right", .allowed_hosts = {"bots.example.org", "other.example.org:8443"}},
                        "127.0.0.1", 7420);
}

TEST(AccessPolicy, KnowsTheNamesOfThisServer) {
    for (const auto* host : {"127.0.0.1:7420", "127.0.0.1", "localhost:7420", "LocalHost:7420", "[::1]:7420",
                             "[::1]", "bots.example.org", "bots.example.org:7420", "bots.example.org:80",
                             "bots.example.org:443", "BOTS.example.org:443", "other.example.org:8443"}) {
        EXPECT_TRUE(policy().check_host(host)) << host;
    }
    for (const auto* host : {"",
                             "evil.test",
                             "127.0.0.1:7421",
                             "127.0.0.1.",
                             "localhost.:7420",
                             "127.0.0.1.nip.io",
                             "user@127.0.0.1:7420",
                             "127.0.0.1:7420@evil.test",
                             "0.0.0.0:7420",
                             "[::]:7420",
                             "127.1",
                             "2130706433",
                             "[::ffff:127.0.0.1]",
                             "localhost:",
                             "localhost:07420x",
                             "localhost:0",
                             "bots.example.org:1",
                             "bots.example.org:8443",
                             "other.example.org:443",
                             "127.0.0.1:80",
                             "localhost:443",
                             "a.bots.example.org",
                             "localhost/x",
                             "[::1",
                             "[::1]7420"}) {
        const auto checked = policy().check_host(host);
        ASSERT_FALSE(checked) << host;
        EXPECT_EQ(checked.error().code, ErrorCode::PermissionDenied);
    }
}

TEST(AccessPolicy, SaysWhichAllowedNameIsNone) {
    for (const auto* entry : {"bots.example.org", "bots.example.org:8443", "[fe80::1]", "[fe80::1]:80"}) {
        EXPECT_TRUE(AccessPolicy::check_allowed_host(entry)) << entry;
    }
    for (const std::string entry : {"", "https://bots.example.org", "bots.example.org/", "bots.example.org.",
                                    "bots.example.org:", "bots.example.org:x", "bots.example.org:70000", "*",
                                    "*.example.org", "a b", "fe80::1"}) {
        const auto checked = AccessPolicy::check_allowed_host(entry);
        ASSERT_FALSE(checked) << entry;
        EXPECT_EQ(checked.error().code, ErrorCode::InvalidArgument);
        EXPECT_NE(checked.error().message.find("\"" + entry + "\""), std::string::npos);
        EXPECT_NE(checked.error().message.find("NAME:PORT"), std::string::npos);
    }
}

TEST(AccessPolicy, IsItsListenAddressButNoWildcard) {
    EXPECT_TRUE(AccessPolicy({.token = "t"}, "192.168.1.5", 80).check_host("192.168.1.5"));
    EXPECT_TRUE(AccessPolicy({.token = "t"}, "fe80::1", 80).check_host("[fe80::1]:80"));
    EXPECT_FALSE(AccessPolicy({.token = "t"}, "0.0.0.0", 80).check_host("0.0.0.0"));
    EXPECT_FALSE(AccessPolicy({.token = "t"}, "::", 80).check_host("[::]"));
}

TEST(AccessPolicy, LetsOnlyItsOwnPagesIn) {
    for (const auto* origin :
         {"http://127.0.0.1:7420", "http://localhost:7420", "http://[::1]:7420", "https://bots.example.org",
          "http://bots.example.org", "http://bots.example.org:7420", "https://other.example.org:8443"}) {
        EXPECT_TRUE(policy().check_origin({origin})) << origin;
    }
    for (const auto* origin :
         {"null", "", "https://evil.test", "http://127.0.0.1", "http://127.0.0.1:7421",
          "https://localhost:7420", "https://localhost.evil.test", "http://localhost:7420/",
          "http://localhost:7420@evil.test", "file://", "chrome-extension://abc", "localhost:7420",
          "https://other.example.org", "http://127.0.0.1.nip.io:7420"}) {
        EXPECT_FALSE(policy().check_origin({origin})) << origin;
    }
    EXPECT_TRUE(policy().check_origin({}));
    EXPECT_FALSE(policy().check_origin({"http://localhost:7420", "http://localhost:7420"}));
}

TEST(AccessPolicy, TakesTheTokenFromEitherCarrier) {
    EXPECT_TRUE(policy().authenticate({.authorization = {"Bearer right"}}));
    EXPECT_TRUE(policy().authenticate({.authorization = {"bEaReR  right "}}));
    EXPECT_TRUE(policy().authenticate({.api_key = {"right"}}));
    EXPECT_TRUE(policy().authenticate({.authorization = {"Bearer right"}, .api_key = {"right"}}));
}

TEST(AccessPolicy, RefusesEveryOtherCredentialAlike) {
    const std::vector<Credentials> wrong{
        {},
        {.authorization = {""}},
        {.authorization = {"Bearer"}},
        {.authorization = {"Bearer "}},
        {.authorization = {"Bearer wrong"}},
        {.authorization = {"Bearer righ"}},
        {.authorization = {"Bearer right1"}},
        {.authorization = {"Bearer RIGHT"}},
        {.authorization = {"Basic right"}},
        {.authorization = {"right"}},
        {.authorization = {"BearerX right"}},
        {.authorization = {"Bearer right right"}},
        {.authorization = {"Bearer right", "Bearer right"}},
        {.api_key = {""}},
        {.api_key = {"wrong"}},
        {.api_key = {"right", "wrong"}},
        {.authorization = {"Bearer right"}, .api_key = {"wrong"}},
        {.authorization = {"Bearer wrong"}, .api_key = {"right"}},
    };
    for (const auto& credentials : wrong) {
        const auto who = policy().authenticate(credentials);
        ASSERT_FALSE(who);
        EXPECT_EQ(who.error().code, ErrorCode::Unauthenticated);
        EXPECT_EQ(who.error().message.find("right"), std::string::npos);
    }
}

TEST(AccessPolicy, LetsNobodyInWithoutATokenOfItsOwn) {
    const AccessPolicy open({.token = ""}, "127.0.0.1", 1);
    EXPECT_FALSE(open.authenticate({.authorization = {"Bearer "}}));
    EXPECT_FALSE(open.authenticate({.api_key = {""}}));
}

TEST(AccessPolicy, NamesWhatIsPublicAndWhatIsACredential) {
    for (const auto* open : {"/healthz", "/readyz", "/openapi.json", "grpc.health.v1.Health.Check"}) {
        EXPECT_TRUE(AccessPolicy::is_public(open)) << open;
    }
    for (const auto* shut :
         {"", "/", "/healthz/", "/api/v1/bots", "grpc.reflection.v1.ServerReflection.ServerReflectionInfo"}) {
        EXPECT_FALSE(AccessPolicy::is_public(shut)) << shut;
    }
    for (const auto* name : {"token", "Token", "access_token", "API_KEY", "key"}) {
        EXPECT_TRUE(AccessPolicy::is_credential_parameter(name)) << name;
    }
    EXPECT_FALSE(AccessPolicy::is_credential_parameter("page_token"));
}

}  // namespace
}  // namespace boternity::api
