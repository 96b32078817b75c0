#include "infra/llm/llama_cpp/kv_slots.hpp"

#include "infra/llm/llama_cpp/llama_log.hpp"
#include "infra/llm/llama_cpp/reply_job.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace boternity::infra::llm {

std::size_t KvSlot::keep_common(const std::vector<Token>& tokens) {
    // One must be computed to have an answer; see Generation::next_chunk for why two.
    const std::size_t most = std::min(held.size(), tokens.size() - std::min<std::size_t>(tokens.size(), 2));
    const auto differ =
        std::mismatch(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(most), tokens.begin());
    cut(static_cast<std::size_t>(differ.first - held.begin()));
    return held.size();
}

void KvSlot::cut(std::size_t position) {
    auto* memory = llama_get_memory(context);
    // Some architectures cannot forget a part.
    if (!llama_memory_seq_rm(memory, sequence, static_cast<llama_pos>(position), -1)) {
        llama_memory_seq_rm(memory, sequence, -1, -1);
        position = 0;
    }
    held.resize(std::min(position, held.size()));
}

void KvSlot::fill(TokenBatch& batch, const Token* first, std::size_t count) const {
    batch.clear();
    for (std::size_t i = 0; i < count; ++i) batch.add(first[i], held.size() + i, sequence, i + 1 == count);
}

KvSlot* KvSlots::of(const ReplyJob& job) noexcept {
    const auto found =
        std::ranges::find_if(slots_, [&](const auto& slot) { return slot->user.get() == &job; });
    return found == slots_.end() ? nullptr : found->get();
}

std::size_t KvSlots::available() const {
    const auto idle =
        std::ranges::count_if(slots_, [](const auto& slot) { return !slot->user || slot->user->parked(); });
    return unmade() + static_cast<std::size_t>(idle);
}

Result<KvSlot*> KvSlots::take(std::shared_ptr<ReplyJob> job, std::shared_ptr<const LlamaModel> model,
                              core::Log& log) {
    const std::string& key = job->request().cache_key;
    KvSlot* slot = nullptr;
    for (const auto& each : slots_) {
        if (!each->user && !key.empty() && each->key == key) slot = each.get();
    }
    if (slot == nullptr && unmade() > 0) {
        auto made = make(std::move(model), log);
        if (made) {
            slot = *made;
        } else if (slots_.empty()) {
            return made;
        } else {
            most_ = static_cast<int>(slots_.size());
        }
    }
    if (slot == nullptr) slot = least_recently_used();
    if (slot == nullptr) return nullptr;
    // Without a key nothing is kept, neither for this reply nor of it.
    if (key.empty()) slot->cut(0);
    slot->key = key;
    slot->last_used = ++uses_;
    slot->user = std::move(job);
    return slot;
}

ContextHandle KvSlots::make_llama_context(const LlamaModel& model, const Shape& shape, int sequences) {
    auto params = llama_context_default_params();
    params.n_ctx = static_cast<std::uint32_t>(model.window_tokens() * sequences);
    params.n_seq_max = static_cast<std::uint32_t>(sequences);
    // Each sequence in a buffer of its own: one that is long makes no other slower.
    params.kv_unified = false;
    params.n_batch = static_cast<std::uint32_t>(shape.chunk);
    params.n_ubatch = params.n_batch;
    params.n_outputs_max = params.n_seq_max;
    params.n_threads = shape.threads;
    params.n_threads_batch = shape.threads;
    // On CPUs it is slower for short chunks and single tokens, and its results depend on the size of the
    // chunk: an answer would then differ with how much of the prompt happened to be cached.
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    params.no_perf = true;
    return ContextHandle(llama_init_from_model(model.handle(), params));
}

/// A context of so many sequences in the place of the one there is. What is held is lost.
Status KvSlots::grow(std::shared_ptr<const LlamaModel> model, int sequences, core::Log& log) {
    const LlamaLogScope heard(log);
    ContextHandle context = make_context_(*model, shape_, sequences);
    if (!context) {
        return fail(
            ErrorCode::Unavailable,
            "There is not enough memory for the local model; close other programs or use a smaller one.",
            heard.first_error());
    }
    // llama.cpp moves no cache into a context of another number of sequences: it is computed again, once.
    for (const auto& slot : slots_) {
        slot->context = context.get();
        slot->held.clear();
    }
    context_ = std::move(context);
    model_ = std::move(model);
    sequences_ = sequences;
    return {};
}

Result<KvSlot*> KvSlots::make(std::shared_ptr<const LlamaModel> model, core::Log& log) {
    const auto count = static_cast<int>(slots_.size());
    if (count >= sequences_) BOT_CHECK(grow(std::move(model), count == 0 ? 1 : shape_.most, log));
    slots_.push_back(std::make_unique<KvSlot>(KvSlot{.context = context_.get(), .sequence = count}));
    return slots_.back().get();
}

KvSlot* KvSlots::least_recently_used() {
    KvSlot* best = nullptr;
    bool best_free = false;
    for (const auto& slot : slots_) {
        const bool is_free = slot->user == nullptr;
        if (!is_free && !slot->user->parked()) continue;
        if (best == nullptr || (is_free && !best_free) ||
            (is_free == best_free && slot->last_used < best->last_used)) {
            best = slot.get();
            best_free = is_free;
        }
    }
    return best;
}

void KvSlots::clear() noexcept {
    slots_.clear();
    context_.reset();
    sequences_ = 0;
    model_.reset();
    most_ = shape_.most;
}

void KvSlots::release(const ReplyJob& job) noexcept {
    if (KvSlot* slot = of(job)) slot->user.reset();
}

}  // namespace boternity::infra::llm
