#include "infra/net/public_address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace boternity::infra {
namespace {

struct Net4 {
    std::uint32_t base;
    int bits;
};

constexpr std::array<Net4, 15> kReserved4{{{0x00000000, 8},    // this network
                                           {0x0a000000, 8},    // private
                                           {0x64400000, 10},   // shared by a provider
                                           {0x7f000000, 8},    // this machine
                                           {0xa9fe0000, 16},   // link-local, metadata of clouds
                                           {0xac100000, 12},   // private
                                           {0xc0000000, 24},   // protocol assignments
                                           {0xc0000200, 24},   // documentation
                                           {0xc0586300, 24},   // 6to4 relays
                                           {0xc0a80000, 16},   // private
                                           {0xc6120000, 15},   // benchmarks
                                           {0xc6336400, 24},   // documentation
                                           {0xcb007100, 24},   // documentation
                                           {0xe0000000, 4},    // multicast
                                           {0xf0000000, 4}}};  // reserved, broadcast

bool is_public4(std::uint32_t address) noexcept {
    return std::ranges::none_of(kReserved4, [&](const Net4& net) {
        return (address >> (32 - net.bits)) == (net.base >> (32 - net.bits));
    });
}

std::uint32_t number_at(std::span<const std::uint8_t, 16> bytes, std::size_t at) noexcept {
    return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U |
           std::uint32_t{bytes[at + 2]} << 8U | std::uint32_t{bytes[at + 3]};
}

bool is_public6(std::span<const std::uint8_t, 16> bytes) noexcept {
    const std::uint32_t first = number_at(bytes, 0);
    const std::uint32_t second = number_at(bytes, 4);
    const std::uint32_t third = number_at(bytes, 8);
    // An IPv4 address in another dress.
    if (first == 0 && second == 0 && third == 0x0000ffff) return is_public4(number_at(bytes, 12));
    if (first == 0x0064ff9b && second == 0 && third == 0) return is_public4(number_at(bytes, 12));
    if ((first >> 29U) != 1) return false;                   // outside of 2000::/3
    if ((first >> 16U) == 0x2002) return false;              // 6to4
    if (first == 0x20010db8) return false;                   // documentation
    if ((first >> 9U) == (0x20010000U >> 9U)) return false;  // protocol assignments, Teredo among them
    return (first >> 12U) != (0x3fff0000U >> 12U);           // documentation
}

}  // namespace

bool is_public_address(const sockaddr* address, std::size_t bytes) noexcept {
    if (address->sa_family == AF_INET && bytes >= sizeof(sockaddr_in)) {
        sockaddr_in in{};
        std::memcpy(&in, address, sizeof in);
        return is_public4(ntohl(in.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6 || bytes < sizeof(sockaddr_in6)) return false;
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof in);
    return is_public6(std::span<const std::uint8_t, 16>(in.sin6_addr.s6_addr));
}

}  // namespace boternity::infra
