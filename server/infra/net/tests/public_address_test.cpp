#include "infra/net/public_address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <string>

namespace boternity::infra {
namespace {

bool is_public(const std::string& text) {
    sockaddr_in6 six{};
    if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
        six.sin6_family = AF_INET6;
        return is_public_address(reinterpret_cast<const sockaddr*>(&six), sizeof six);
    }
    sockaddr_in four{};
    EXPECT_EQ(::inet_pton(AF_INET, text.c_str(), &four.sin_addr), 1) << text;
    four.sin_family = AF_INET;
    return is_public_address(reinterpret_cast<const sockaddr*>(&four), sizeof four);
}

TEST(PublicAddress, IsOneOfTheWorldOutside) {
    for (const auto* text : {"1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "169.253.0.1", "198.20.0.1",
                             "2606:4700::1111", "2a00:1450:4001::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"}) {
        EXPECT_TRUE(is_public(text)) << text;
    }
}

TEST(PublicAddress, IsNeverOneOfThisMachineOrItsNetwork) {
    for (const auto* text : {"0.0.0.0",
                             "10.1.2.3",
                             "100.64.0.1",
                             "127.0.0.1",
                             "127.255.255.255",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.0.0.1",
                             "192.0.2.1",
                             "192.168.1.1",
                             "198.18.0.1",
                             "198.19.255.255",
                             "198.51.100.1",
                             "203.0.113.1",
                             "224.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "fe80::1",
                             "fc00::1",
                             "fd12:3456::1",
                             "ff02::1",
                             "2001:db8::1",
                             "2001::1",
                             "2002:7f00:1::",
                             "3fff::1",
                             "::ffff:10.0.0.1",
                             "64:ff9b::127.0.0.1",
                             "::127.0.0.1"}) {
        EXPECT_FALSE(is_public(text)) << text;
    }
}

TEST(PublicAddress, OfNoKnownKindIsNone) {
    const sockaddr unknown{.sa_family = AF_UNIX};
    EXPECT_FALSE(is_public_address(&unknown, sizeof unknown));
    const sockaddr cut{.sa_family = AF_INET6};
    EXPECT_FALSE(is_public_address(&cut, sizeof cut));
}

}  // namespace
}  // namespace boternity::infra
