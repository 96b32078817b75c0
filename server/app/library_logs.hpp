#pragma once

#include "core/ports/log.hpp"

namespace boternity::app {

/// Puts what gRPC and protobuf print of their own into the server's log for as long as it lives: they write
/// to standard error as they please, and quote what a client sent.
///
/// Only what comes before an abort is an error; the rest is about one client's broken bytes, which that
/// client was told of, and is logged at level debug so that nobody can fill a disk with it.
///
/// Threads  the libraries call from any. One at a time in a process, since the libraries have one hook each.
class LibraryLogs {
public:
    explicit LibraryLogs(core::Log& log);
    ~LibraryLogs();
    LibraryLogs(const LibraryLogs&) = delete;
    LibraryLogs& operator=(const LibraryLogs&) = delete;
};

}  // namespace boternity::app
