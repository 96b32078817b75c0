#include "api/grpc/handed_over.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

namespace boternity::api {
namespace {

std::optional<ino_t> inode_of(int file) noexcept {
    struct stat about{};
    if (::fstat(file, &about) != 0) return std::nullopt;
    return about.st_ino;
}

}  // namespace

void HandedOver::sweep() {
    std::erase_if(known_, [](const Known& known) { return inode_of(known.socket) != known.inode; });
}

/// gRPC sees the end of the stream and closes the socket, as for a client that went away.
void HandedOver::end(const Known& known) {
    if (inode_of(known.socket) == known.inode) ::shutdown(known.socket, SHUT_RDWR);
}

HandedOver::Added HandedOver::add(int socket, std::size_t most, Moment now) {
    const auto inode = inode_of(socket);
    if (!inode) return Added::Refused;
    const std::lock_guard lock(mutex_);
    auto added = Added::Free;
    if (known_.size() >= most) sweep();
    if (known_.size() >= most) {
        const auto stranger = std::ranges::find_if(
            known_, [](const Known& known) { return known.standing != Standing::Owner; });
        if (stranger == known_.end()) return Added::Refused;
        // Not the silent ones first: the owner's newest connection is one until its first call comes.
        end(*stranger);
        known_.erase(stranger);
        added = Added::Evicting;
    }
    known_.push_back({.socket = socket, .inode = *inode, .since = now});
    return added;
}

void HandedOver::raise(int socket, Standing standing) {
    const std::lock_guard lock(mutex_);
    // From the newest: an older one of that number has ended.
    for (auto known = known_.rbegin(); known != known_.rend(); ++known) {
        if (known->socket != socket) continue;
        known->standing = std::max(known->standing, standing);
        return;
    }
}

void HandedOver::end_silent(Moment before) {
    const std::lock_guard lock(mutex_);
    std::erase_if(known_, [&](const Known& known) {
        if (known.standing != Standing::Silent || known.since >= before) return false;
        end(known);
        return true;
    });
}

std::size_t HandedOver::size(Look look) {
    const std::lock_guard lock(mutex_);
    if (look == Look::Exact) sweep();
    return known_.size();
}

}  // namespace boternity::api
