#pragma once

#include <sys/socket.h>

#include <cstddef>

namespace boternity::infra {

/// Whether an address (AF_INET or AF_INET6, of so many bytes) is one of the world outside: none of this
/// machine, of a private or shared network, link-local, multicast, for documentation or otherwise reserved
/// (IANA special-purpose registries), nor one of those inside an IPv6 address. Pure.
bool is_public_address(const sockaddr* address, std::size_t bytes) noexcept;

}  // namespace boternity::infra
