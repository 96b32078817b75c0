#include "infra/llm/llama_cpp/llama_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <tuple>
#include <utility>

namespace boternity::infra::llm {
namespace {

namespace asio = boost::asio;

Error cancelled() {
    return {.code = ErrorCode::Cancelled, .message = "The call was cancelled."};
}

Error too_late() {
    return {.code = ErrorCode::DeadlineExceeded,
            .message =
                "The local model did not answer in time; allow more time or ask for a shorter answer."};
}

}  // namespace

void LlamaStream::OnStop::operator()() const {
    engine->cut(job, cancelled());
}

LlamaStream::LlamaStream(std::shared_ptr<LlamaEngine> engine, std::shared_ptr<ReplyJob> job,
                         core::CallContext context, core::Executor executor)
    : engine_(std::move(engine)), job_(std::move(job)), wakes_(executor, 1), deadline_(executor) {
    job_->listen([this] { wakes_.try_send(boost::system::error_code{}); });
    if (context.deadline != Deadline::never()) {
        deadline_.expires_at(context.deadline.at);
        deadline_.async_wait([passed = OnStop{engine_, job_}](boost::system::error_code error) {
            if (!error) passed.engine->cut(passed.job, too_late());
        });
    }
    on_stop_.emplace(std::move(context.stop), OnStop{engine_, job_});
}

LlamaStream::~LlamaStream() {
    job_->listen({});
    engine_->cut(job_, cancelled());
}

core::Task<Status> LlamaStream::woken() {
    const auto received = co_await wakes_.async_receive(asio::as_tuple(asio::use_awaitable));
    // Only when the coroutine itself was cancelled.
    if (std::get<0>(received)) co_return fail(cancelled());
    co_return Status{};
}

core::Task<Status> LlamaStream::accepted() {
    for (;;) {
        if (auto known = job_->accepted()) co_return std::move(*known);
        BOT_CO_CHECK(co_await woken());
    }
}

core::Task<Result<core::ReplyPiece>> LlamaStream::next() {
    for (;;) {
        auto taken = job_->take();
        if (taken.resume) engine_->resume(job_);
        if (taken.piece) co_return std::move(*taken.piece);
        BOT_CO_CHECK(co_await woken());
    }
}

}  // namespace boternity::infra::llm
