#pragma once

#include "core/ports/clock.hpp"
#include "core/runtime/pool.hpp"
#include "infra/store/soci/transactions.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace boternity::infra::store {

/// The reading side: kThreads threads with a connection each. Every read sees one state of the database, with
/// all that was committed before it began.
///
/// Threads  any. Bound  kMaxWaiting; beyond, Unavailable.
class Readers {
public:
    static constexpr std::size_t kThreads = 2;
    static constexpr std::size_t kMaxWaiting = 1024;

    Readers(std::filesystem::path file, const core::Clock& clock) : file_(std::move(file)), clock_(clock) {}

    void enqueue(std::unique_ptr<Work> work);

    /// The disk failed: no connection that is open now is used for another read.
    void renew();

    /// Refuses what comes, waits for what runs and closes.
    void close();

private:
    struct Reader {
        std::unique_ptr<Connection> connection;
        int generation = 0;
    };

    void read_blocking(Work& work) noexcept;
    Reader take_blocking();
    void give_back(Reader reader);

    std::filesystem::path file_;
    const core::Clock& clock_;
    core::Pool pool_{"db_read", kThreads, kMaxWaiting};
    std::mutex mutex_;
    std::vector<Reader> idle_;
    int generation_ = 0;
    bool closed_ = false;
};

}  // namespace boternity::infra::store
