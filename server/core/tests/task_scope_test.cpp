#include "core/runtime/task_scope.hpp"
#include "testing/captured_log.hpp"

#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace boternity::core {
namespace {

Task<Status> end_with(Status status) {
    co_return status;
}

Task<Status> throw_a_word() {
    throw std::string("a word");
    co_return Status{};
}

Task<Status> throw_an_exception() {
    throw std::runtime_error("torn");
    co_return Status{};
}

/// Works with what is there until `stop_and_wait` has answered true.
struct Ground {
    std::atomic<bool> gone{false};
    std::atomic<int> visits{0};
    std::atomic<int> late{0};
};

Task<Status> visit(Ground* ground) {
    ground->visits.fetch_add(1);
    if (ground->gone.load()) ground->late.fetch_add(1);
    co_return Status{};
}

TEST(TaskScope, LogsWhatItsTasksEndWith) {
    asio::thread_pool threads(1);
    testing::CapturedLog log;
    TaskScope scope("things", log);
    EXPECT_TRUE(scope.start("well", threads.get_executor(), end_with({})));
    EXPECT_TRUE(scope.start("gone", threads.get_executor(), end_with(fail(ErrorCode::Cancelled, "gone"))));
    EXPECT_TRUE(scope.start("ill", threads.get_executor(), end_with(fail(ErrorCode::NotFound, "lost"))));
    EXPECT_TRUE(scope.start("torn", threads.get_executor(), throw_an_exception()));
    EXPECT_TRUE(scope.start("word", threads.get_executor(), throw_a_word()));
    EXPECT_TRUE(scope.stop_and_wait(Deadline::never()));
    EXPECT_EQ(log.lines().size(), 3U);
    EXPECT_EQ(log.count("task_failed"), 1);
    EXPECT_EQ(log.count("task_threw"), 2) << "also what is no std::exception";
    EXPECT_TRUE(log.mentions("torn"));
    EXPECT_FALSE(scope.start("late", threads.get_executor(), end_with({})));
    threads.join();
}

TEST(TaskScope, NothingRunsOnceItHasStopped) {
    constexpr int kRounds = 10'000;
    constexpr int kStarters = 3;
    asio::thread_pool threads(1);
    testing::CapturedLog log;
    std::vector<std::unique_ptr<TaskScope>> scopes;
    std::vector<Ground> grounds(kRounds);
    for (int i = 0; i < kRounds; ++i) scopes.push_back(std::make_unique<TaskScope>("things", log));

    std::atomic<int> started{0};
    std::barrier round(kStarters + 1);
    const auto start_in_each = [&] {
        for (std::size_t i = 0; i < scopes.size(); ++i) {
            round.arrive_and_wait();
            if (scopes[i]->start("visit", threads.get_executor(), visit(&grounds[i]))) started.fetch_add(1);
        }
    };
    {
        std::vector<std::jthread> starters;
        for (int i = 0; i < kStarters; ++i) starters.emplace_back(start_in_each);
        for (std::size_t i = 0; i < scopes.size(); ++i) {
            round.arrive_and_wait();
            EXPECT_TRUE(scopes[i]->stop_and_wait(Deadline::never()));
            grounds[i].gone.store(true);
        }
    }
    threads.join();
    int visits = 0;
    int late = 0;
    for (const Ground& ground : grounds) {
        visits += ground.visits.load();
        late += ground.late.load();
    }
    EXPECT_EQ(visits, started.load()) << "what was started ran";
    EXPECT_EQ(late, 0);
}

}  // namespace
}  // namespace boternity::core
