#pragma once

#include "core/ports/attachment_store.hpp"
#include "core/ports/bot_copies.hpp"
#include "core/ports/bot_store.hpp"
#include "core/ports/event_log.hpp"
#include "core/ports/provider_store.hpp"
#include "core/ports/receipts.hpp"
#include "core/ports/run_claims.hpp"
#include "core/ports/run_journal.hpp"
#include "core/ports/run_records.hpp"
#include "core/ports/session_store.hpp"
#include "core/ports/workspace_store.hpp"
#include "testing/begin_turn.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"
#include "testing/sequential_ids.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace boternity::testing {

/// An empty store made ready for one case.
class StoreRig {
public:
    virtual ~StoreRig() = default;
    virtual core::BotStore& bots() = 0;
    virtual core::SoulStore& souls() = 0;
    virtual core::SessionStore& sessions() = 0;
    virtual core::RunJournal& journal() = 0;
    virtual core::RunRecords& records() = 0;
    virtual core::RunClaims& claims() = 0;
    virtual core::WorkspaceStore& workspaces() = 0;
    virtual core::ProviderStore& providers() = 0;
    virtual core::Receipts& receipts() = 0;
    virtual core::BotCopies& copies() = 0;
    virtual core::AttachmentStore& attachments() = 0;

    virtual core::EventLog& events() = 0;

    /// What the store told of by itself so far.
    core::EventRecords told() const {
        const std::lock_guard lock(mutex_);
        return told_;
    }

    /// The events that were committed, oldest first, each as `describe` writes it.
    virtual std::vector<std::string> outbox() = 0;

protected:
    /// What a rig's store calls.
    void keep(core::EventRecords records) {
        const std::lock_guard lock(mutex_);
        told_.insert(told_.end(), records.begin(), records.end());
    }

private:
    mutable std::mutex mutex_;
    core::EventRecords told_;
};

/// One store that signs the suite:
///
///     INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, ::testing::Values(StoreUnderTest{"sqlite", make}),
///                              name_of_store_under_test);
struct StoreUnderTest {
    std::string name{};
    std::function<std::unique_ptr<StoreRig>(ManualClock& clock)> make{};
};

/// What a case is called in lists of tests, instead of its bytes.
// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
void PrintTo(const StoreUnderTest& under_test, std::ostream* out);

/// Also what links the suite's cases into a test binary: pass it to INSTANTIATE_TEST_SUITE_P.
std::string name_of_store_under_test(const ::testing::TestParamInfo<StoreUnderTest>& info);

/// "ok", or the name of the error's code.
template <class T>
std::string outcome_of(const Result<T>& result) {
    return result ? "ok" : std::string(code_name(result.error().code));
}

/// The cases that every store must pass.
class StoreConformance : public ::testing::TestWithParam<StoreUnderTest> {
protected:
    void SetUp() override;
    void TearDown() override;

    template <class T>
    T run(core::Task<T> task) {
        return run_task(io_, std::move(task));
    }

    /// Runs all of them at the same time and answers what each answered.
    template <class T>
    std::vector<T> run_together(std::vector<core::Task<T>> tasks) {
        std::vector<T> answers(tasks.size());
        std::size_t ended = 0;
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            boost::asio::co_spawn(io_, std::move(tasks[i]), [&, i](std::exception_ptr thrown, T answer) {
                if (thrown) std::rethrow_exception(thrown);
                answers[i] = std::move(answer);
                ++ended;
            });
        }
        run_until(io_, [&] { return ended == tasks.size(); });
        return answers;
    }

    /// All items of a list, read page by page with `size` each. `list` is called with each page request.
    template <class T>
    std::vector<T> read_pages(int size, std::function<core::Task<Result<Page<T>>>(PageRequest)> list) {
        std::vector<T> all;
        PageRequest request{.size = size, .token = {}};
        for (int pages = 0; pages < 1000; ++pages) {
            auto page = run(list(request));
            EXPECT_TRUE(page) << (page ? "" : page.error().message);
            if (!page) return all;
            EXPECT_LE(page->items.size(), static_cast<std::size_t>(size));
            for (auto& item : page->items) all.push_back(std::move(item));
            if (page->next_token.empty()) return all;
            EXPECT_EQ(page->items.size(), static_cast<std::size_t>(size)) << "only the last page is short";
            request.token = page->next_token;
        }
        ADD_FAILURE() << "a list that never ends";
        return all;
    }

    core::Bot a_bot(std::string slug);
    core::Soul a_soul(const core::Bot& bot, int version, std::string text);
    core::Session a_session(const core::Bot& bot);
    /// A turn as it begins; its bot is not moved.
    core::TurnBegin a_turn(const core::Session& session, std::string text);
    /// The same turn as it ends: done, with this answer.
    core::RunEnd an_end(const core::TurnBegin& begun, std::string text);
    core::ProviderConfig a_provider(std::string name);

    core::Attachment an_attachment(const std::string& bytes);

    core::Bot add_bot(std::string slug);
    core::Session add_session(const core::Bot& bot);
    core::Attachment add_attachment(const std::string& bytes);
    /// Begins this turn, whatever its session and bot are like.
    core::Task<Result<core::TurnBegun>> begin(core::TurnBegin turn, core::Mutation mutation = {}) {
        return begin_turn(rig_->journal(), std::move(turn), std::move(mutation));
    }
    /// Makes the bot this very one, whatever it is like.
    core::Task<Result<core::BotUpdated>> put(core::Bot bot, core::Events events = {},
                                             core::Mutation mutation = {}) {
        core::BotRef ref{bot.id.text()};
        core::BotUpdate update{.bot = std::move(bot), .events = std::move(events)};
        core::DecideBot decide = [update = std::move(update)](const core::Bot&) { return update; };
        return rig_->bots().update(std::move(ref), std::move(decide), std::move(mutation));
    }
    /// Appends this very version, whatever the bot is like.
    core::Task<Result<core::SoulAppended>> append(core::Soul soul, core::Events events = {}) {
        const BotId bot = soul.bot;
        core::SoulAppend append{.soul = std::move(soul), .events = std::move(events)};
        core::DecideSoul decide = [append = std::move(append)](const core::SoulGround&) { return append; };
        return rig_->souls().append(bot, std::move(decide), {});
    }
    /// A bot that is not stored: two souls, and a session with two turns, the second of which failed.
    core::BotCopy a_copy(std::string slug);

    /// Begins and ends a turn.
    core::Run add_turn(const core::Session& session, std::string question, std::string answer);

    core::Bot stored(BotId id) { return run(rig_->bots().find({id.text()})).value(); }
    core::Run stored(RunId id) { return run(rig_->records().find(id)).value(); }
    core::Session stored(SessionId id) { return run(rig_->sessions().find(id)).value(); }

    ManualClock clock_;
    SequentialIds ids_;
    boost::asio::io_context io_;
    std::unique_ptr<StoreRig> rig_;
};

// A test program that signs nothing may still get these cases from the library they are in.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreConformance);

}  // namespace boternity::testing
