// Measures the local model through the provider against a plain llama.cpp loop: the same process, file,
// threads, prompt and number of tokens, one after the other in each round, so that noise of the machine meets
// both. After each line for people comes one of JSON, with the value of every round.
//
//     llama_bench <model.gguf> [threads=0] [rounds=7] [tokens=64]

#include "core/ports/log.hpp"
#include "core/runtime/pool.hpp"
#include "infra/llm/llama_cpp/handles.hpp"
#include "infra/llm/llama_cpp/llama_log.hpp"
#include "infra/llm/llama_cpp/llama_provider.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace boternity::infra::llm {
namespace {

using core::asio::use_future;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kSoul =
    "You are Ada, a cheerful gardening bot. You answer in short sentences, you never invent plants, and you "
    "ask "
    "one question at the end when something about the garden is not clear to you.";
constexpr std::string_view kQuestion = "Hello! Count from one to one hundred in words.";
constexpr std::string_view kSecond = "And what about autumn?";

double milliseconds_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double cpu_milliseconds() {
    return static_cast<double>(std::clock()) * 1'000 / CLOCKS_PER_SEC;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values.empty() ? 0 : values[values.size() / 2];
}

class NoLog final : public core::Log {
public:
    void write(core::LogLevel /*level*/, std::string_view /*event*/,
               std::initializer_list<core::LogField> /*fields*/) override {}
};

/// Resident memory of this process that is not a mapped file, in MB.
double anonymous_megabytes() {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with("RssAnon:")) return std::atof(line.c_str() + 8) / 1024;
    }
    return 0;
}

struct Measured {
    double first_ms = 0;  ///< from the request to the first token
    double first_cpu_ms = 0;
    double per_second = 0;
    double cpu_ms =
        0;  ///< of the whole process, for each token after the first; hardly disturbed by other programs
    std::string text{};
};

// --- plain llama.cpp ---------------------------------------------------------------------------------------

class PlainLoop {
public:
    PlainLoop(const char* path, int threads, core::Log& log) : log_(log), threads_(threads) {
        const LlamaLogScope heard(log_);
        model_.reset(llama_model_load_from_file(path, llama_model_default_params()));
        if (!model_) {
            std::fputs("the model cannot be loaded\n", stderr);
            std::exit(1);
        }
    }

    Measured run(llama_flash_attn_type attention, int tokens) {
        const LlamaLogScope heard(log_);
        auto params = llama_context_default_params();
        params.n_ctx = 4096;
        params.n_batch = 512;
        params.n_threads = params.n_threads_batch = threads_;
        params.flash_attn_type = attention;
        const ContextHandle context(llama_init_from_model(model_.get(), params));
        const SamplerHandle sampler(llama_sampler_init_greedy());
        const auto* vocab = llama_model_get_vocab(model_.get());

        Measured measured;
        const auto begin = Clock::now();
        const double cpu_begin = cpu_milliseconds();
        auto prompt = tokenize(vocab);
        llama_decode(context.get(), llama_batch_get_one(prompt.data(), static_cast<int>(prompt.size())));
        Token token = llama_sampler_sample(sampler.get(), context.get(), -1);
        measured.first_ms = milliseconds_since(begin);
        measured.first_cpu_ms = cpu_milliseconds() - cpu_begin;
        const auto after_first = Clock::now();
        const double cpu = cpu_milliseconds();
        for (int made = 1; made < tokens; ++made) {
            std::string piece(64, '\0');
            const int size = llama_token_to_piece(vocab, token, piece.data(), 64, 0, false);
            measured.text.append(piece, 0, static_cast<std::size_t>(std::max(size, 0)));
            llama_decode(context.get(), llama_batch_get_one(&token, 1));
            token = llama_sampler_sample(sampler.get(), context.get(), -1);
        }
        measured.per_second = (tokens - 1) / milliseconds_since(after_first) * 1'000;
        measured.cpu_ms = (cpu_milliseconds() - cpu) / (tokens - 1);
        return measured;
    }

private:
    static std::vector<Token> tokenize(const llama_vocab* vocab) {
        const std::string text = fmt::format(
            "<|im_start|>system\n{}<|im_end|>\n<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n",
            kSoul, kQuestion);
        std::vector<Token> tokens(text.size());
        const int made = llama_tokenize(vocab, text.data(), static_cast<int>(text.size()), tokens.data(),
                                        static_cast<int>(tokens.size()), false, true);
        tokens.resize(static_cast<std::size_t>(made));
        return tokens;
    }

    core::Log& log_;
    int threads_;
    ModelHandle model_;
};

// --- the provider
// --------------------------------------------------------------------------------------------

struct Reply {
    Measured measured{};
    core::Usage usage{};
};

core::Task<Reply> ask(core::LlmProvider* provider, core::ModelRequest request) {
    Reply reply;
    const auto begin = Clock::now();
    const double cpu_begin = cpu_milliseconds();
    auto opening = provider->open(std::move(request), {});
    auto stream = co_await std::move(opening);
    auto after_first = begin;
    double cpu = 0;
    while (stream) {
        auto piece = co_await (*stream)->next();
        if (!piece) break;
        if (auto* text = std::get_if<core::TextPiece>(&*piece)) {
            if (reply.measured.text.empty()) {
                reply.measured.first_ms = milliseconds_since(begin);
                after_first = Clock::now();
                cpu = cpu_milliseconds();
                reply.measured.first_cpu_ms = cpu - cpu_begin;
            }
            reply.measured.text += text->text;
        } else if (auto* end = std::get_if<core::ReplyEnd>(&*piece)) {
            reply.usage = end->usage.value_or(core::Usage{});
            break;
        }
    }
    reply.measured.per_second = (reply.usage.output_tokens - 1) / milliseconds_since(after_first) * 1'000;
    reply.measured.cpu_ms = (cpu_milliseconds() - cpu) / std::max(reply.usage.output_tokens - 1, 1);
    co_return reply;
}

/// From the stop to the error, when nearly the whole prompt is still to be read.
core::Task<double> stop_in_the_prompt(core::LlmProvider* provider, core::ModelRequest request) {
    std::stop_source stop;
    core::CallContext context{.stop = stop.get_token()};
    auto opening = provider->open(std::move(request), std::move(context));
    auto stream = co_await std::move(opening);
    const auto begin = Clock::now();
    stop.request_stop();
    if (stream) co_await (*stream)->next();
    co_return milliseconds_since(begin);
}

core::ModelRequest request_for(int tokens, std::string session) {
    core::ModelRequest request{.model = "model", .temperature = 0.0, .max_output_tokens = tokens};
    request.messages = {core::PromptMessage::of(core::PromptMessage::Role::System, std::string(kSoul)),
                        core::PromptMessage::of(core::PromptMessage::Role::User, std::string(kQuestion))};
    request.cache_key = std::move(session);
    return request;
}

void print_row(std::string_view what, const std::vector<Measured>& rounds, double reference) {
    std::vector<double> first;
    std::vector<double> speed;
    std::vector<double> cpu;
    std::vector<double> first_cpu;
    for (const auto& round : rounds) {
        first.push_back(round.first_ms);
        first_cpu.push_back(round.first_cpu_ms);
        if (round.per_second <= 0) continue;
        speed.push_back(round.per_second);
        cpu.push_back(round.cpu_ms);
    }
    fmt::print("{:<38}{:>9.1f}{:>8.1f}{:>10.1f}{:>7.2f}{:>13.1f}\n", what, median(first), median(first_cpu),
               median(speed), reference > 0 ? median(speed) / reference : 1.0, median(cpu));
    fmt::print("{{\"what\":\"{}\",\"first_ms\":[{:.3f}],\"per_second\":[{:.3f}]}}\n", what,
               fmt::join(first, ","), fmt::join(speed, ","));
}

constexpr int kTogether = 4;

/// Tokens a second of all answers together, of as many sessions: at once, or one after the other.
double tokens_of_all(core::asio::thread_pool& readers, core::LlmProvider* provider, int tokens,
                     bool at_once) {
    using Asked = decltype(core::asio::co_spawn(readers, ask(provider, {}), use_future));
    std::vector<Asked> replies;
    const auto begin = Clock::now();
    int made = 0;
    for (int i = 0; i < kTogether; ++i) {
        replies.push_back(core::asio::co_spawn(
            readers, ask(provider, request_for(tokens, fmt::format("together {}", i))), use_future));
        if (!at_once) replies.back().wait();
    }
    for (auto& reply : replies) made += reply.get().usage.output_tokens;
    return made / milliseconds_since(begin) * 1'000;
}

/// The prompts are in the caches already, so that what is measured is the making of tokens.
void measure_together(core::asio::thread_pool& readers, core::LlmProvider* provider, int rounds, int tokens) {
    tokens_of_all(readers, provider, 1, true);
    std::vector<double> at_once;
    std::vector<double> in_turn;
    for (int round = 0; round < rounds; ++round) {
        in_turn.push_back(tokens_of_all(readers, provider, tokens, false));
        at_once.push_back(tokens_of_all(readers, provider, tokens, true));
    }
    fmt::print("{} sessions: one after the other {:.1f} tokens/s, at once {:.1f} ({:.2f})\n", kTogether,
               median(in_turn), median(at_once), median(at_once) / median(in_turn));
    fmt::print("{{\"what\":\"sessions one after the other\",\"first_ms\":[],\"per_second\":[{:.3f}]}}\n",
               fmt::join(in_turn, ","));
    fmt::print("{{\"what\":\"sessions at once\",\"first_ms\":[],\"per_second\":[{:.3f}]}}\n",
               fmt::join(at_once, ","));
}

void measure(const char* path, int threads, int rounds, int tokens) {
    NoLog log;
    core::asio::thread_pool readers(1);
    core::Pool pool("inference", 1, 16);
    fmt::print("threads {}, {} rounds, {} tokens; medians\n", threads, rounds, tokens);
    const double before = anonymous_megabytes();
    auto provider = make_llama_provider(
        {.models = {{.name = "model", .path = path}}, .threads = threads, .max_contexts = kTogether}, pool,
        log);
    const auto tell = [&](core::ModelRequest request) {
        return core::asio::co_spawn(readers, ask(provider.get(), std::move(request)), use_future).get();
    };
    const auto load = tell(request_for(1, "load"));
    const double one_session = anonymous_megabytes();

    PlainLoop plain(path, threads, log);
    std::vector<Measured> plain_same;
    std::vector<Measured> plain_default;
    std::vector<Measured> cold;
    std::vector<Measured> warm;
    for (int round = 0; round < rounds; ++round) {
        plain_same.push_back(plain.run(LLAMA_FLASH_ATTN_TYPE_DISABLED, tokens));
        plain_default.push_back(plain.run(LLAMA_FLASH_ATTN_TYPE_AUTO, tokens));
        cold.push_back(tell(request_for(tokens, "")).measured);
        auto next = request_for(tokens, "session");
        const auto first = tell(next);
        next.messages.push_back(
            core::PromptMessage::of(core::PromptMessage::Role::Assistant, first.measured.text));
        next.messages.push_back(
            core::PromptMessage::of(core::PromptMessage::Role::User, std::string(kSecond)));
        warm.push_back(tell(next).measured);
    }
    std::vector<double> speeds;
    for (const auto& round : plain_same) speeds.push_back(round.per_second);
    fmt::print("{:<38}{:>9}{:>8}{:>10}{:>7}{:>13}\n", "", "first ms", "CPU ms", "tokens/s", "ratio",
               "CPU ms/token");
    print_row("plain loop, flash attention off", plain_same, median(speeds));
    print_row("plain loop, llama.cpp's defaults", plain_default, median(speeds));
    print_row("provider, cold session", cold, median(speeds));
    print_row("provider, warm session (second turn)", warm, median(speeds));

    measure_together(readers, provider.get(), rounds, tokens);

    std::vector<double> stops;
    auto long_prompt = request_for(8, "");
    std::string words = long_prompt.messages[1].text();
    for (int i = 0; i < 3'000; ++i) words += " word";
    long_prompt.messages[1] = core::PromptMessage::of(long_prompt.messages[1].role, std::move(words));
    for (int round = 0; round < rounds; ++round) {
        stops.push_back(
            core::asio::co_spawn(readers, stop_in_the_prompt(provider.get(), long_prompt), use_future).get());
    }
    const auto after_stop = tell(request_for(1, "session"));
    fmt::print(
        "load and first token {:.0f} ms; stop during a prompt {:.2f} ms, next answer after it {:.0f} ms\n",
        load.measured.first_ms, median(stops), after_stop.measured.first_ms);
    provider.reset();
    pool.join();
    fmt::print(
        "memory without mapped files: idle {:.0f} MB, with one session {:.0f} MB, unloaded {:.0f} MB (the "
        "plain loop's model included)\n\n",
        before, one_session, anonymous_megabytes());
    readers.join();
}

}  // namespace
}  // namespace boternity::infra::llm

int main(int count, char** words) {
    if (count < 2) {
        std::fputs("usage: llama_bench <model.gguf> [threads=0] [rounds=7] [tokens=64]\n", stderr);
        return 2;
    }
    const auto number = [&](int at, int otherwise) { return count > at ? std::atoi(words[at]) : otherwise; };
    const int threads = number(2, 0);
    const auto cores = std::thread::hardware_concurrency();
    boternity::infra::llm::measure(
        words[1], threads > 0 ? threads : boternity::infra::llm::default_llama_threads(cores), number(3, 7),
        number(4, 64));
    return 0;
}
