// How fast the port reads and writes JSON bodies: a message of 4 KiB that is sent, and a page of 100 messages
// that is answered. Prints JSON: the values of 20 rounds.
//
//     json_bench [SECONDS=1]

#include "api/http/json_to_message.hpp"
#include "api/http/message_to_json.hpp"
#include "api/http/strict_json.hpp"
#include "boternity/v1/sessions.pb.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::api {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 20;

[[noreturn]] void fail(std::string_view why) {
    fmt::print(stderr, "json_bench: {}\n", why);
    std::exit(1);
}

std::string text_of(std::size_t size) {
    std::string text;
    while (text.size() < size) text += "She said \"the sea\", and “das Meer”; then a line ended.\n";
    return text;
}

v1::ListMessagesResponse page() {
    v1::ListMessagesResponse made;
    for (int i = 0; i < 100; ++i) {
        v1::Message& message = *made.add_messages();
        message.set_id(fmt::format("01935a3c-0000-7000-8000-{:012}", i));
        message.set_text(text_of(800));
    }
    return made;
}

/// Bytes a second of what `call` reads or writes; it answers how many those were.
void measure(std::string_view what, const std::function<std::size_t()>& call,
             std::chrono::duration<double> time) {
    std::vector<double> megabytes;
    std::vector<double> nanoseconds;
    for (int round = 0; round < kRounds; ++round) {
        double calls = 0;
        double bytes = 0;
        std::chrono::duration<double> took{};
        const auto began = Clock::now();
        do {
            bytes += static_cast<double>(call());
            ++calls;
            took = Clock::now() - began;
        } while (took < time / kRounds);
        megabytes.push_back(bytes / took.count() / 1e6);
        nanoseconds.push_back(took.count() * 1e9 / calls);
    }
    fmt::print("{{\"what\":\"{}\",\"bytes\":{},\"mb_per_second\":[{:.2f}],\"ns_per_call\":[{:.1f}]}}\n", what,
               call(), fmt::join(megabytes, ","), fmt::join(nanoseconds, ","));
}

void measure_all(std::chrono::duration<double> time) {
    v1::SendMessageRequest sent;
    sent.set_text(text_of(4096));
    const std::string body = message_to_json(sent);
    const auto read = [&]() -> std::size_t {
        const auto value = parse_strict_json(body);
        v1::SendMessageRequest request;
        if (!value || !json_to_message(value->get_object(), request)) fail("the body is not taken");
        return body.size();
    };
    const v1::ListMessagesResponse answer = page();
    const auto write = [&]() -> std::size_t { return message_to_json(answer).size(); };
    measure("request", read, time);
    measure("answer", write, time);
}

}  // namespace
}  // namespace boternity::api

int main(int count, char** words) {
    const std::chrono::duration<double> time{count > 1 ? std::atof(words[1]) / 2 : 0.5};
    boternity::api::measure_all(time);
    return 0;
}
