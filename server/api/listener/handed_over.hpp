#pragma once

#include <sys/types.h>

#include <cstddef>
#include <mutex>
#include <vector>

namespace boternity::api {

/// Counts sockets that another owner closes, without holding them open: each is known by its descriptor and
/// its inode, and a descriptor that is closed, or is another file by now, is one that ended.
///
/// Threads  any.
class HandedOver {
public:
    /// False, and not counted, when `most` of them live already.
    bool add(int socket, std::size_t most);

    /// How many live, at most: those that ended are noticed when `look` says so.
    enum class Look { Cheap, Exact };
    std::size_t size(Look look);

private:
    struct Known {
        int socket;
        ino_t inode;
    };
    void sweep();

    // Entered once a connection, for some system calls; never held over a wait.
    std::mutex mutex_;
    std::vector<Known> known_;
};

}  // namespace boternity::api
