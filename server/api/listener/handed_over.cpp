#include "api/listener/handed_over.hpp"

#include <sys/stat.h>

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

bool HandedOver::add(int socket, std::size_t most) {
    const auto inode = inode_of(socket);
    if (!inode) return false;
    const std::lock_guard lock(mutex_);
    if (known_.size() >= most) sweep();
    if (known_.size() >= most) return false;
    known_.push_back({socket, *inode});
    return true;
}

std::size_t HandedOver::size(Look look) {
    const std::lock_guard lock(mutex_);
    if (look == Look::Exact) sweep();
    return known_.size();
}

}  // namespace boternity::api
