#include "testing/memory_store.hpp"

#include "testing/memory_state.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <mutex>
#include <type_traits>

namespace boternity::testing {
namespace {

using core::Task;

/// The state, and the lock that makes each operation on it one step. Never held
/// over a suspension.
struct Shared {
    explicit Shared(const core::Clock& clock) : state(clock) {}

    std::mutex mutex;
    MemoryState state;
    std::optional<Error> write_failure;
    std::optional<Error> failure_after_write;
    std::function<void(core::EventRecords)> on_events;
};

template <class Work>
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the store outlives every call on it
Task<std::invoke_result_t<Work&, MemoryState&>> read(Shared& shared, Work work) {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    const std::lock_guard lock(shared.mutex);
    co_return work(shared.state);
}

template <class Work>
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the store outlives every call on it
Task<std::invoke_result_t<Work&, MemoryState&>> write(Shared& shared, Work work) {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    const std::lock_guard lock(shared.mutex);
    if (shared.write_failure) co_return fail(*shared.write_failure);
    const auto before = shared.state.outbox().size();
    auto done = work(shared.state);
    if (shared.failure_after_write) co_return fail(*shared.failure_after_write);
    if (shared.on_events) shared.on_events(shared.state.told(before));
    co_return done;
}

class FakeBotStore final : public core::BotStore {
public:
    explicit FakeBotStore(Shared& shared) : shared_(shared) {}

    Task<Result<core::Receipt>> insert(core::Bot bot, core::Soul soul, core::Events events,
                                       core::Mutation mutation) override {
        return write(shared_, [=](MemoryState& state) { return state.insert(bot, soul, events, mutation); });
    }
    Task<Result<core::Bot>> find(core::BotRef ref) override {
        return read(shared_, [=](MemoryState& state) { return state.find(ref); });
    }
    Task<Result<Page<core::Bot>>> list(PageRequest page) override {
        return read(shared_, [=](MemoryState& state) { return state.bots(page); });
    }
    Task<Result<core::BotUpdated>> update(core::BotRef ref, core::DecideBot decide,
                                          core::Mutation mutation) override {
        return write(shared_, [=](MemoryState& state) { return state.update(ref, decide, mutation); });
    }

private:
    Shared& shared_;
};

class FakeEventLog final : public core::EventLog {
public:
    explicit FakeEventLog(Shared& shared) : shared_(shared) {}

    Task<Result<core::EventPage>> read(std::int64_t after, int most) override {
        return testing::read(shared_, [=](MemoryState& state) -> Result<core::EventPage> {
            return state.events(after, most);
        });
    }

private:
    Shared& shared_;
};

class FakeSoulStore final : public core::SoulStore {
public:
    explicit FakeSoulStore(Shared& shared) : shared_(shared) {}

    Task<Result<core::SoulAppended>> append(BotId bot, core::DecideSoul decide,
                                            core::Mutation mutation) override {
        return write(shared_, [=](MemoryState& state) { return state.append(bot, decide, mutation); });
    }
    Task<Result<core::Soul>> find(BotId bot, int version) override {
        return read(shared_, [=](MemoryState& state) { return state.soul(bot, version); });
    }
    Task<Result<Page<core::Soul>>> list(BotId bot, PageRequest page) override {
        return read(shared_, [=](MemoryState& state) { return state.souls(bot, page); });
    }

private:
    Shared& shared_;
};

class FakeSessionStore final : public core::SessionStore {
public:
    explicit FakeSessionStore(Shared& shared) : shared_(shared) {}

    Task<Result<core::Receipt>> insert(core::Session session, core::Events events,
                                       core::Mutation mutation) override {
        return write(shared_, [=](MemoryState& state) { return state.insert(session, events, mutation); });
    }
    Task<Result<core::Session>> find(SessionId id) override {
        return read(shared_, [=](MemoryState& state) { return state.session(id); });
    }
    Task<Result<Page<core::Session>>> list(BotId bot, PageRequest page) override {
        return read(shared_, [=](MemoryState& state) { return state.sessions(bot, page); });
    }
    Task<Result<Page<core::Message>>> messages(SessionId session, PageRequest page) override {
        return read(shared_, [=](MemoryState& state) { return state.messages(session, page); });
    }
    Task<Result<core::Message>> message(MessageId id) override {
        return read(shared_, [=](MemoryState& state) { return state.message(id); });
    }

private:
    Shared& shared_;
};

class FakeRunJournal final : public core::RunJournal {
public:
    explicit FakeRunJournal(Shared& shared) : shared_(shared) {}

    Task<Result<core::TurnBegun>> begin(SessionId session, core::DecideTurn decide,
                                        core::ReadAhead read_ahead, core::Mutation mutation) override {
        return write(shared_,
                     [=](MemoryState& state) { return state.begin(session, decide, read_ahead, mutation); });
    }
    Task<Result<core::Receipt>> begin_fork(RunId original, core::DecideFork decide,
                                           core::Mutation mutation) override {
        return write(shared_,
                     [=](MemoryState& state) { return state.begin_fork(original, decide, mutation); });
    }
    Task<Status> append(core::RunAppend moved) override {
        return write(shared_, [=](MemoryState& state) { return state.append(moved); });
    }
    Task<Result<core::Message>> end(core::RunEnd ended) override {
        return write(shared_, [=](MemoryState& state) { return state.end(ended); });
    }
    Task<Result<core::Step>> decide(core::Decided decided, core::Mutation mutation) override {
        return write(shared_, [=](MemoryState& state) { return state.decide(decided, mutation); });
    }

private:
    Shared& shared_;
};

class FakeRunRecords final : public core::RunRecords {
public:
    explicit FakeRunRecords(Shared& shared) : shared_(shared) {}

    Task<Result<core::Run>> find(RunId id) override {
        return read(shared_, [=](MemoryState& state) { return state.run(id); });
    }
    Task<Result<Page<core::Run>>> list(core::RunFilter filter, PageRequest page) override {
        return read(shared_, [=](MemoryState& state) { return state.runs(filter, page); });
    }
    Task<Result<std::vector<core::Run>>> tree(RunId run) override {
        return read(shared_, [=](MemoryState& state) { return state.tree(run); });
    }
    Task<Result<std::vector<core::Step>>> steps(RunId run) override {
        return read(shared_, [=](MemoryState& state) { return state.steps(run); });
    }
    Task<Result<std::vector<core::AgentMessage>>> inbox(RunId run) override {
        return read(shared_, [=](MemoryState& state) { return state.inbox(run); });
    }
    Task<Result<core::RunInput>> input(RunId run, std::size_t history_bytes) override {
        return read(shared_, [=](MemoryState& state) { return state.input(run, history_bytes); });
    }

private:
    Shared& shared_;
};

class FakeRunClaims final : public core::RunClaims {
public:
    explicit FakeRunClaims(Shared& shared) : shared_(shared) {}

    Task<Result<std::vector<core::Run>>> claim_unfinished(std::string owner, Timestamp) override {
        return write(shared_, [=](MemoryState& state) { return state.claim_unfinished(owner); });
    }
    Task<Result<core::Run>> reopen(RunId run, Timestamp now, core::Events events) override {
        return write(shared_, [=](MemoryState& state) { return state.reopen(run, now, events); });
    }
    Task<Status> release(std::string owner) override {
        return write(shared_, [=](MemoryState& state) { return state.release(owner); });
    }

private:
    Shared& shared_;
};

class FakeWorkspaceStore final : public core::WorkspaceStore {
public:
    explicit FakeWorkspaceStore(Shared& shared) : shared_(shared) {}

    Task<Result<core::WorkspaceFile>> read(RunId root, std::string path, int version) override {
        return testing::read(shared_, [=](MemoryState& state) { return state.file(root, path, version); });
    }
    Task<Result<std::vector<core::WorkspacePath>>> list(RunId root) override {
        return testing::read(shared_, [=](MemoryState& state) {
            return Result<std::vector<core::WorkspacePath>>(state.files(root));
        });
    }
    Task<Result<std::vector<core::WorkspaceEntry>>> entries(RunId root, std::string path) override {
        return testing::read(shared_, [=](MemoryState& state) {
            return Result<std::vector<core::WorkspaceEntry>>(state.entries(root, path));
        });
    }

private:
    Shared& shared_;
};

class FakeProviderStore final : public core::ProviderStore {
public:
    explicit FakeProviderStore(Shared& shared) : shared_(shared) {}

    Task<Result<core::Receipt>> insert(core::ProviderConfig provider, core::Events events,
                                       core::Mutation mutation) override {
        return write(shared_, [=](MemoryState& state) { return state.insert(provider, events, mutation); });
    }
    Task<Result<core::Receipt>> update(core::ProviderConfig provider, core::Events events,
                                       core::Mutation mutation) override {
        return write(shared_, [=](MemoryState& state) { return state.update(provider, events, mutation); });
    }
    Task<Result<core::Receipt>> erase(ProviderId id, core::Events events, core::Mutation mutation) override {
        return write(shared_, [=](MemoryState& state) { return state.erase(id, events, mutation); });
    }
    Task<Result<std::vector<core::ProviderConfig>>> all() override {
        return read(shared_, [](MemoryState& state) {
            return Result<std::vector<core::ProviderConfig>>(state.providers());
        });
    }

private:
    Shared& shared_;
};

class FakeReceipts final : public core::Receipts {
public:
    explicit FakeReceipts(Shared& shared) : shared_(shared) {}

    Task<Result<std::optional<core::Receipt>>> find(core::Mutation mutation) override {
        return read(shared_, [=](MemoryState& state) { return state.receipt(mutation); });
    }

private:
    Shared& shared_;
};

class FakeBotCopies final : public core::BotCopies {
public:
    explicit FakeBotCopies(Shared& shared) : shared_(shared) {}

    Task<Result<core::BotCopy>> read(core::BotRef ref, core::CopyExtent extent) override {
        return testing::read(shared_, [=](MemoryState& state) { return state.copy(ref, extent); });
    }
    Task<Result<core::Receipt>> insert(core::BotCopy copy, core::Events events,
                                       core::Mutation mutation) override {
        return write(shared_, [=](MemoryState& state) { return state.insert(copy, events, mutation); });
    }
    Task<Result<core::Receipt>> extend(core::BotCopy copy, core::Events events,
                                       core::Mutation mutation) override {
        return write(shared_, [=](MemoryState& state) { return state.extend(copy, events, mutation); });
    }

private:
    Shared& shared_;
};

class FakeAttachmentStore final : public core::AttachmentStore {
public:
    explicit FakeAttachmentStore(Shared& shared) : shared_(shared) {}

    Task<Result<core::Receipt>> insert(core::Attachment attachment, core::FileBytes bytes,
                                       core::Mutation mutation) override {
        return write(shared_, [=](MemoryState& state) { return state.insert(attachment, bytes, mutation); });
    }
    Task<Result<core::Attachment>> find(AttachmentId id) override {
        return read(shared_, [=](MemoryState& state) { return state.attachment(id); });
    }
    Task<Result<core::FileBytes>> content(std::string hash) override {
        return read(shared_, [=](MemoryState& state) { return state.content(hash); });
    }

private:
    Shared& shared_;
};

}  // namespace

class MemoryStore::Impl {
public:
    explicit Impl(const core::Clock& clock) : shared(clock) {}

    Shared shared;
    FakeBotStore bots{shared};
    FakeSoulStore souls{shared};
    FakeSessionStore sessions{shared};
    FakeRunJournal journal{shared};
    FakeRunRecords records{shared};
    FakeRunClaims claims{shared};
    FakeWorkspaceStore workspaces{shared};
    FakeEventLog events{shared};
    FakeProviderStore providers{shared};
    FakeReceipts receipts{shared};
    FakeBotCopies copies{shared};
    FakeAttachmentStore attachments{shared};
};

MemoryStore::MemoryStore(const core::Clock& clock) : impl_(std::make_unique<Impl>(clock)) {}
MemoryStore::~MemoryStore() = default;

core::BotStore& MemoryStore::bots() noexcept {
    return impl_->bots;
}
core::SoulStore& MemoryStore::souls() noexcept {
    return impl_->souls;
}
core::SessionStore& MemoryStore::sessions() noexcept {
    return impl_->sessions;
}
core::RunJournal& MemoryStore::journal() noexcept {
    return impl_->journal;
}
core::RunRecords& MemoryStore::records() noexcept {
    return impl_->records;
}
core::RunClaims& MemoryStore::claims() noexcept {
    return impl_->claims;
}
core::WorkspaceStore& MemoryStore::workspaces() noexcept {
    return impl_->workspaces;
}
core::ProviderStore& MemoryStore::providers() noexcept {
    return impl_->providers;
}
core::Receipts& MemoryStore::receipts() noexcept {
    return impl_->receipts;
}

core::BotCopies& MemoryStore::copies() noexcept {
    return impl_->copies;
}
core::AttachmentStore& MemoryStore::attachments() noexcept {
    return impl_->attachments;
}

core::Events MemoryStore::outbox() const {
    const std::lock_guard lock(impl_->shared.mutex);
    core::Events events;
    for (const auto& record : impl_->shared.state.outbox()) events.push_back(record.what);
    return events;
}

core::EventLog& MemoryStore::events() noexcept {
    return impl_->events;
}

void MemoryStore::on_events(std::function<void(core::EventRecords)> handler) {
    impl_->shared.on_events = std::move(handler);
}

void MemoryStore::fail_writes(std::optional<Error> error) {
    const std::lock_guard lock(impl_->shared.mutex);
    impl_->shared.write_failure = std::move(error);
}

void MemoryStore::fail_after_writing(std::optional<Error> error) {
    const std::lock_guard lock(impl_->shared.mutex);
    impl_->shared.failure_after_write = std::move(error);
}

}  // namespace boternity::testing
