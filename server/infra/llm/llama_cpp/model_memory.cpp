#include "infra/llm/llama_cpp/model_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace boternity::infra::llm {
namespace {

constexpr auto kTryAgainAfter = std::chrono::seconds(5);

std::string megabytes(std::uint64_t bytes) {
    return fmt::format("{} MB", (bytes + 999'999) / 1'000'000);
}

}  // namespace

Status ModelMemory::take_blocking(std::string_view model, std::uint64_t bytes,
                                  std::weak_ptr<Unloadable> holder) {
    const std::lock_guard one_makes_room(making_room_);
    if (bytes > limit_) {
        return fail(
            ErrorCode::Unavailable,
            fmt::format(
                "{} needs {} of memory, and local models may have {}; raise the setting models.memory "
                "(BOTERNITY_MODEL_MEMORY) or use a smaller model.",
                model, megabytes(bytes), megabytes(limit_)));
    }
    give_back(model);
    std::vector<Holding> others;
    {
        const std::lock_guard lock(mutex_);
        others = holdings_;
    }
    for (const auto& other : others) {
        if (used_bytes() + bytes <= limit_) break;
        // Not with the mutex: who lets go says so with give_back.
        const auto loaded = other.holder.lock();
        if (!loaded || loaded->unload_if_idle_blocking()) give_back(other.model);
    }
    const std::lock_guard lock(mutex_);
    if (used() + bytes > limit_) {
        return fail(Error{
            .code = ErrorCode::Unavailable,
            .message = fmt::format(
                "There is no memory for {} while other local models answer; try again in a moment.", model),
            .retry_after = kTryAgainAfter});
    }
    holdings_.push_back({std::string(model), bytes, std::move(holder)});
    return {};
}

void ModelMemory::touch(std::string_view model) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(holdings_, model, &Holding::model);
    if (found != holdings_.end()) std::rotate(found, found + 1, holdings_.end());
}

void ModelMemory::give_back(std::string_view model) {
    const std::lock_guard lock(mutex_);
    std::erase_if(holdings_, [&](const Holding& holding) { return holding.model == model; });
}

std::uint64_t ModelMemory::used_bytes() const {
    const std::lock_guard lock(mutex_);
    return used();
}

std::uint64_t ModelMemory::used() const {
    std::uint64_t bytes = 0;
    for (const auto& holding : holdings_) bytes += holding.bytes;
    return bytes;
}

}  // namespace boternity::infra::llm
