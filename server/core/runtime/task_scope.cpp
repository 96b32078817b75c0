#include "core/runtime/task_scope.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace boternity::core {

TaskScope::~TaskScope() {
    stop_.request_stop();
}

bool TaskScope::start(std::string what, Executor executor, Task<Status> task) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return false;
        running_.fetch_add(1);
    }
    asio::co_spawn(executor, std::move(task),
                   [this, what = std::move(what)](std::exception_ptr thrown, Status status) {
                       log_end(what, std::move(thrown), status);
                       const std::lock_guard lock(mutex_);
                       running_.fetch_sub(1);
                       idle_.notify_all();
                   });
    return true;
}

void TaskScope::log_end(const std::string& what, std::exception_ptr thrown, const Status& status) {
    const auto log_thrown = [&](std::string error) {
        log_.write(LogLevel::Error, "task_threw",
                   {{"scope", name_}, {"task", what}, {"error", std::move(error)}});
    };
    if (thrown) {
        try {
            std::rethrow_exception(std::move(thrown));
        } catch (const std::exception& error) {
            log_thrown(error.what());
        } catch (...) {
            log_thrown("something that is no std::exception");
        }
    } else if (!status && status.error().code != ErrorCode::Cancelled) {
        log_.write(LogLevel::Warn, "task_failed",
                   {{"scope", name_},
                    {"task", what},
                    {"code", std::string(code_name(status.error().code))},
                    {"error", status.error().message},
                    {"detail", status.error().detail}});
    }
}

bool TaskScope::wait_idle(Deadline deadline) {
    std::unique_lock lock(mutex_);
    return idle_.wait_until(lock, deadline.at, [this] { return running_.load() == 0; });
}

bool TaskScope::stop_and_wait(Deadline deadline) {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    stop_.request_stop();
    if (wait_idle(deadline)) return true;
    log_.write(LogLevel::Error, "tasks_did_not_end",
               {{"scope", name_}, {"count", std::to_string(running_.load())}});
    return false;
}

}  // namespace boternity::core
