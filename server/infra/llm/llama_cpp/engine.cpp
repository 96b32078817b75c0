#include "infra/llm/llama_cpp/engine.hpp"

#include "infra/llm/llama_cpp/model_facts.hpp"
#include "infra/llm/llama_cpp/tool_text.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace boternity::infra::llm {
namespace {

namespace asio = boost::asio;

constexpr auto kTryAgainAfter = std::chrono::seconds(5);

}  // namespace

LlamaEngine::LlamaEngine(LlamaModelFile file, const LlamaOptions& options,
                         std::shared_ptr<ModelMemory> memory, core::Pool& pool, core::Log& log)
    : file_(std::move(file)),
      options_(options),
      memory_(std::move(memory)),
      pool_(pool),
      log_(log),
      slots_({.most = std::max(options.max_contexts, 1),
              .threads = options.threads,
              .chunk = std::max(options.prompt_chunk_tokens, 3)}),
      batch_(std::max({options.prompt_chunk_tokens, options.max_contexts, 3})) {}

Status LlamaEngine::add(std::shared_ptr<ReplyJob> job) {
    const std::lock_guard lock(mutex_);
    const auto most = static_cast<std::size_t>(options_.max_contexts + options_.max_waiting);
    if (live_ >= most) {
        return fail(Error{
            .code = ErrorCode::Unavailable,
            .message = fmt::format("{} is busy with {} answers; try again in a moment.", file_.name, live_),
            .retry_after = kTryAgainAfter});
    }
    ++live_;
    ++uses_;
    unload_ = closed_;
    ready_.push_back(std::move(job));
    ensure_working();
    return {};
}

void LlamaEngine::resume(std::shared_ptr<ReplyJob> job) {
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(job));
    ensure_working();
}

void LlamaEngine::cut(const std::shared_ptr<ReplyJob>& job, Error why) {
    if (job->cut(std::move(why))) resume(job);
}

Result<int> LlamaEngine::count_tokens_blocking(const core::ModelRequest& request) {
    BOT_TRY(model, model_blocking());
    auto tokens =
        model->prompt_tokens(told_as_text(request, model->knows_tools() ? Examples::None : Examples::Shown));
    {
        const std::lock_guard lock(mutex_);
        ++uses_;
        if (live_ == 0) watch_idleness();
    }
    if (!tokens) return fail(std::move(tokens).error());
    return static_cast<int>(tokens->size());
}

void LlamaEngine::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    idle_.reset();
    unload_ = true;
    ensure_working();
}

Result<std::shared_ptr<const LlamaModel>> LlamaEngine::model_blocking() {
    const std::lock_guard one_loads(loading_);
    {
        const std::lock_guard lock(mutex_);
        if (model_) {
            memory_->touch(file_.name);
            return model_;
        }
    }
    BOT_TRY(facts, model_facts_blocking(file_.path));
    const int window =
        facts.trained_window > 0 ? std::min(facts.trained_window, file_.window_tokens) : file_.window_tokens;
    BOT_CHECK(memory_->take_blocking(file_.name, facts.memory_bytes(window), weak_from_this()));
    auto loaded = LlamaModel::load_blocking(file_, log_);
    if (!loaded) {
        memory_->give_back(file_.name);
        return loaded;
    }
    auto model = std::move(*loaded);
    log_.write(core::LogLevel::Info, "llama_model_loaded", {{"model", file_.name}});
    const std::lock_guard lock(mutex_);
    model_ = model;
    return model;
}

void LlamaEngine::ensure_working() {
    if (working_) return;
    working_ = true;
    // Past the pool's own limit: it is one call for each model, and the row of replies has its bound.
    asio::post(pool_.executor(), [self = shared_from_this()] { self->work_blocking(); });
}

void LlamaEngine::work_blocking() {
    if (auto jobs = pick(); !jobs.empty()) serve_blocking(std::move(jobs));
    unload_blocking();
    const std::lock_guard lock(mutex_);
    working_ = false;
    if (!ready_.empty()) {
        ensure_working();
    } else if (live_ == 0) {
        watch_idleness();
    }
}

/// Those that can do something now: one that takes no time, else all that have a KV slot or may get one. A
/// reply without a slot is passed over while none is to be had.
LlamaEngine::Jobs LlamaEngine::pick() {
    const std::lock_guard lock(mutex_);
    Jobs picked;
    // What takes no time first: a new reply should soon know whether it is accepted.
    const auto quick = std::ranges::find_if(
        ready_, [](const auto& job) { return job->cut_flag().load() || !job->generation; });
    if (quick != ready_.end()) {
        picked.push_back(std::move(*quick));
        ready_.erase(quick);
        return picked;
    }
    std::size_t room = slots_.available();
    for (auto job = ready_.begin(); job != ready_.end();) {
        const bool seated = slots_.of(**job) != nullptr;
        if (!seated && room == 0) {
            ++job;
            continue;
        }
        if (!seated) --room;
        picked.push_back(std::move(*job));
        job = ready_.erase(job);
    }
    return picked;
}

void LlamaEngine::serve_blocking(Jobs jobs) {
    const auto job = jobs.front();
    // Among several, one that was cut meanwhile is for the slice to drop.
    const bool quick = !job->generation || (jobs.size() == 1 && job->cut_flag().load());
    Turn turn = Turn::Over;
    try {
        if (!quick) return slice_blocking(std::move(jobs));
        if (!job->cut_flag().load()) turn = prepare_blocking(*job);
    } catch (const std::exception& error) {
        job->fail_with(internal_error(fmt::format("llama.cpp: {}", error.what())));
    }
    put_back(job, turn);
}

LlamaEngine::Turn LlamaEngine::prepare_blocking(ReplyJob& job) {
    auto model = model_blocking();
    if (!model) {
        job.fail_with(std::move(model).error());
        return Turn::Over;
    }
    auto generation = Generation::prepare(std::move(*model), job.request(), options_.sampling);
    if (!generation) {
        job.fail_with(std::move(generation).error());
        return Turn::Over;
    }
    job.generation = std::move(*generation);
    job.accept();
    return Turn::More;
}

/// A reply in its slot, for one slice.
struct LlamaEngine::Member {
    std::shared_ptr<ReplyJob> job;
    KvSlot* slot = nullptr;
    Turn turn = Turn::More;
    bool paused = false;  ///< its reader is too far behind for another token

    bool can_speak() const {
        return turn == Turn::More && !paused && !job->cut_flag().load() && job->generation->speaks(*slot);
    }
    bool can_read() const {
        return turn == Turn::More && !job->cut_flag().load() && !job->generation->speaks(*slot);
    }

    void take(Generation::Step step) {
        for (auto& piece : step.pieces) job->push(std::move(piece));
        if (step.end) {
            job->push(*step.end);
            turn = Turn::Over;
        }
        paused = job->full();
    }
    void take_failure(Error error) {
        job->fail_with(std::move(error));
        turn = Turn::Over;
    }
};

/// Gives each its slot. Those that get none now go back.
std::vector<LlamaEngine::Member> LlamaEngine::seat_blocking(Jobs jobs) {
    std::vector<Member> members;
    for (auto& job : jobs) {
        KvSlot* slot = slots_.of(*job);
        if (slot == nullptr) {
            auto taken = slots_.take(job, job->generation->model(), log_);
            if (!taken) {
                job->fail_with(std::move(taken).error());
                put_back(std::move(job), Turn::Over);
                continue;
            }
            // The reply that stood still has gone on meanwhile.
            if (*taken == nullptr) {
                put_back(std::move(job), Turn::More);
                continue;
            }
            slot = *taken;
            job->generation->enter(*slot);
        }
        members.push_back({.job = std::move(job), .slot = slot});
    }
    return members;
}

void LlamaEngine::slice_blocking(Jobs jobs) {
    auto members = seat_blocking(std::move(jobs));
    try {
        read_some_blocking(members);
        for (int made = 0; made < options_.slice_tokens; ++made) speak_blocking(members);
    } catch (const std::exception& error) {
        for (auto& one : members)
            one.take_failure(internal_error(fmt::format("llama.cpp: {}", error.what())));
    }
    for (auto& one : members) {
        const Turn turn = one.job->cut_flag().load() ? Turn::Over : one.turn;
        put_back(std::move(one.job), turn);
    }
}

/// A piece of a prompt, or of several that have little left: as much as a slice may take.
void LlamaEngine::read_some_blocking(std::vector<Member>& members) {
    auto room = options_.prompt_chunk_tokens;
    for (std::size_t i = 0; i < members.size() && room > 0; ++i) {
        const auto reader = std::ranges::find_if(members, &Member::can_read);
        if (reader == members.end()) return;
        const auto left = static_cast<int>(reader->job->generation->left(*reader->slot));
        read_blocking(*reader);
        room -= std::min(left, options_.prompt_chunk_tokens);
        // Behind the others that read: they are next.
        std::rotate(reader, reader + 1, members.end());
    }
}

/// The next token of all that speak.
void LlamaEngine::speak_blocking(std::vector<Member>& members) {
    std::vector<Member*> speaking;
    for (auto& one : members)
        if (one.can_speak()) speaking.push_back(&one);
    if (speaking.empty()) return;
    // llama.cpp computes neighbours together, in this order; others one after the other.
    std::ranges::sort(speaking, {}, [](const Member* one) { return one->slot->sequence; });
    // One alone is stopped within its decode.
    if (speaking.size() == 1) return read_blocking(*speaking.front());
    std::vector<Generation::Speaker> speakers;
    for (const Member* one : speaking)
        speakers.push_back({.generation = one->job->generation.get(), .slot = one->slot});
    const auto spoken = Generation::speak_together_blocking(speakers, batch_, log_);
    for (std::size_t i = 0; i < speaking.size(); ++i) {
        if (spoken)
            speaking[i]->take(std::move(speakers[i].step));
        else
            speaking[i]->take_failure(spoken.error());
    }
}

/// A piece of the prompt of one, or its next token.
void LlamaEngine::read_blocking(Member& member) {
    auto step = member.job->generation->step_blocking(*member.slot, batch_, options_.prompt_chunk_tokens,
                                                      member.job->cut_flag(), log_);
    if (step)
        member.take(std::move(*step));
    else
        member.take_failure(std::move(step).error());
}

void LlamaEngine::put_back(std::shared_ptr<ReplyJob> job, Turn turn) {
    if (turn == Turn::Over) {
        slots_.release(*job);
        job->generation.reset();
        const std::lock_guard lock(mutex_);
        --live_;
    } else if (!job->park_if_full()) {
        const std::lock_guard lock(mutex_);
        ready_.push_back(std::move(job));
    }
}

void LlamaEngine::unload_blocking() {
    std::shared_ptr<const LlamaModel> model;
    {
        const std::lock_guard lock(mutex_);
        if (!unload_ || live_ != 0) return;
        unload_ = false;
        model = std::exchange(model_, nullptr);
    }
    slots_.clear();
    memory_->give_back(file_.name);
    if (model) log_.write(core::LogLevel::Info, "llama_model_unloaded", {{"model", file_.name}});
}

bool LlamaEngine::unload_if_idle_blocking() {
    std::shared_ptr<const LlamaModel> model;
    {
        const std::lock_guard lock(mutex_);
        if (working_ || live_ != 0) return false;
        working_ = true;  // the slots are the working thread's
        model = std::exchange(model_, nullptr);
    }
    slots_.clear();
    if (model) {
        log_.write(core::LogLevel::Info, "llama_model_unloaded", {{"model", file_.name}, {"for", "another"}});
    }
    const std::lock_guard lock(mutex_);
    working_ = false;
    if (!ready_.empty()) ensure_working();
    return true;
}

Result<core::LocalModel> LlamaEngine::facts_blocking() const {
    BOT_TRY(facts, model_facts_blocking(file_.path));
    const int window =
        facts.trained_window > 0 ? std::min(facts.trained_window, file_.window_tokens) : file_.window_tokens;
    const std::lock_guard lock(mutex_);
    return core::LocalModel{.name = file_.name,
                            .path = file_.path.string(),
                            .file_bytes = facts.file_bytes,
                            .title = facts.title,
                            .architecture = facts.architecture,
                            .license = facts.license,
                            .window_tokens = window,
                            .trained_window_tokens = facts.trained_window,
                            .has_chat_template = facts.has_chat_template,
                            .loaded = model_ != nullptr,
                            .memory_bytes = facts.memory_bytes(window),
                            .memory_limit_bytes = memory_->limit_bytes(),
                            .memory_used_bytes = memory_->used_bytes(),
                            .threads = options_.threads};
}

void LlamaEngine::watch_idleness() {
    if (closed_ || !options_.timers || !model_) return;
    idle_.emplace(*options_.timers, options_.idle_unload);
    // Weak: a model that waits to be unloaded must not live longer for it.
    idle_->async_wait([weak = weak_from_this(), uses = uses_](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || !self) return;
        const std::lock_guard lock(self->mutex_);
        if (self->uses_ != uses) return;
        self->unload_ = true;
        self->ensure_working();
    });
}

}  // namespace boternity::infra::llm
