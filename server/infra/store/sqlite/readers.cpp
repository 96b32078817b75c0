#include "infra/store/sqlite/readers.hpp"

#include "infra/store/sqlite/errors.hpp"
#include "infra/store/sqlite/open_connection.hpp"

#include <boost/asio/post.hpp>

namespace boternity::infra::store {

void Readers::enqueue(std::unique_ptr<Work> work) {
    {
        const std::lock_guard lock(mutex_);
        if (!closed_ && pool_.enter()) {
            core::asio::post(pool_.executor(), [this, work = std::move(work)]() mutable {
                read_blocking(*work);
                pool_.leave();
            });
            return;
        }
    }
    work->finish(Error{.code = ErrorCode::Unavailable,
                       .message = "The server is busy or stopping; try again in a moment."});
}

Readers::Reader Readers::take_blocking() {
    int generation = 0;
    {
        const std::lock_guard lock(mutex_);
        generation = generation_;
        if (!idle_.empty()) {
            Reader reader = std::move(idle_.back());
            idle_.pop_back();
            return reader;
        }
    }
    return {open_connection_blocking(file_, Access::Read), generation};
}

void Readers::give_back(Reader reader) {
    const std::lock_guard lock(mutex_);
    if (reader.generation == generation_) idle_.push_back(std::move(reader));
}

void Readers::read_blocking(Work& work) noexcept {
    Reader reader;
    std::optional<Error> undone;
    try {
        reader = take_blocking();
        Connection& db = *reader.connection;
        db.run("BEGIN");
        static_cast<void>(work.apply({db, clock_.now()}));
        db.run("COMMIT");
        give_back(std::move(reader));
    } catch (const std::exception& thrown) {
        undone = reader.connection
                     ? failure_of(thrown, reader.connection->session()).error
                     : Error{.code = ErrorCode::Unavailable,
                             .message = "The database cannot be opened at the moment; look into the "
                                        "server's log.",
                             .detail = thrown.what()};
    }
    work.finish(std::move(undone));
}

void Readers::renew() {
    std::vector<Reader> old;
    const std::lock_guard lock(mutex_);
    ++generation_;
    old.swap(idle_);
}

void Readers::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    pool_.join();
    idle_.clear();
}

}  // namespace boternity::infra::store
