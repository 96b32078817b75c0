#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <vector>

namespace boternity::api {

/// The sockets that gRPC owns and closes, without holding them open: each is known by its descriptor and its
/// inode, and a descriptor that is closed, or is another file by now, is one that ended.
///
/// Strangers never keep the owner out: when all places are taken, the oldest connection that has never shown
/// the token is ended for the new one.
///
/// Threads  any.
class HandedOver {
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// What has come over a connection so far.
    enum class Standing {
        Silent,   ///< no call that was let in
        Visitor,  ///< calls of what anybody may ask
        Owner,    ///< a call with the token
    };

    enum class Added { Free, Evicting, Refused };
    /// Counts a connection among the `most` that may live. Evicting: another was ended for it. Refused, and
    /// not counted: all of them are the owner's.
    Added add(int socket, std::size_t most, Moment now);

    /// A call came over it; what it was before is not lost.
    void raise(int socket, Standing standing);

    /// Ends those that were added before the moment and are still silent.
    void end_silent(Moment before);

    /// How many live, at most: those that ended are noticed when `look` says so.
    enum class Look { Cheap, Exact };
    std::size_t size(Look look);

private:
    struct Known {
        int socket;
        ino_t inode;
        Moment since;
        Standing standing = Standing::Silent;
    };
    void sweep();
    static void end(const Known& known);

    // Entered once a connection and call, for some system calls; never held over a wait.
    std::mutex mutex_;
    std::vector<Known> known_;  ///< oldest first
};

}  // namespace boternity::api
