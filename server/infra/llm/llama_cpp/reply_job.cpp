#include "infra/llm/llama_cpp/reply_job.hpp"

namespace boternity::infra::llm {

void ReplyJob::listen(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
}

ReplyJob::Taken ReplyJob::take() {
    const std::lock_guard lock(mutex_);
    Taken taken;
    if (!unread_.empty()) {
        taken.piece = std::move(unread_.front());
        unread_.pop_front();
        taken.resume = unread_.size() <= max_unread_ / 2 && unpark();
    } else if (error_) {
        taken.piece = fail(*error_);
    }
    return taken;
}

std::optional<Status> ReplyJob::accepted() {
    const std::lock_guard lock(mutex_);
    if (error_) return fail(*error_);
    if (accepted_) return Status{};
    return std::nullopt;
}

bool ReplyJob::cut(Error why) {
    const std::lock_guard lock(mutex_);
    if (!cut_.exchange(true)) {
        unread_.clear();
        error_ = std::move(why);
        wake();
    }
    return unpark();
}

bool ReplyJob::parked() const {
    const std::lock_guard lock(mutex_);
    return parked_;
}

bool ReplyJob::full() const {
    const std::lock_guard lock(mutex_);
    return unread_.size() >= max_unread_;
}

bool ReplyJob::park_if_full() {
    const std::lock_guard lock(mutex_);
    parked_ = !cut_.load() && unread_.size() >= max_unread_;
    return parked_;
}

void ReplyJob::accept() {
    const std::lock_guard lock(mutex_);
    accepted_ = true;
    wake();
}

void ReplyJob::push(core::ReplyPiece piece) {
    const std::lock_guard lock(mutex_);
    if (cut_.load()) return;
    unread_.push_back(std::move(piece));
    wake();
}

void ReplyJob::fail_with(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    wake();
}

bool ReplyJob::unpark() {
    return std::exchange(parked_, false);
}

void ReplyJob::wake() {
    if (wake_) wake_();
}

}  // namespace boternity::infra::llm
