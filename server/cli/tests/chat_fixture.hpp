#pragma once

#include "cli/tests/command_run.hpp"
#include "cli/tests/fake_server.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace boternity::cli {

namespace json = boost::json;

/// Events as the API writes them.
inline std::string started(int seq, int attempt = 1) {
    return fmt::format(R"({{"run":"r1","seq":{},"started":{{"attempt":{},"model":"local/m"}}}})", seq,
                       attempt);
}
inline std::string delta(int seq, std::string_view text) {
    return fmt::format(R"({{"run":"r1","seq":{},"delta":{{"text":"{}"}}}})", seq, text);
}
inline std::string completed(int seq, std::string_view reason = "stop") {
    return fmt::format(R"({{"run":"r1","seq":{},"completed":{{"stop_reason":"{}"}}}})", seq, reason);
}
inline std::string failed_event(int seq) {
    return fmt::format(
        R"({{"run":"r1","seq":{},"failed":{{"error":{{"code":"rate_limited","message":"Slow down."}}}}}})",
        seq);
}
inline std::string cancelled(int seq) {
    return fmt::format(R"({{"run":"r1","seq":{},"cancelled":{{}}}})", seq);
}

inline void send(Answering& to, const std::vector<std::string>& events) {
    to.stream();
    for (const auto& event : events) to.event(event);
}

/// A server with one session, whose streams a test scripts: the first handler answers the first stream, and
/// so on; the last one all that follow.
class Chat : public ::testing::Test {
protected:
    using Script = std::function<void(const Asked&, Answering&)>;

    Ended chat(std::vector<Script> scripts, std::vector<std::string> arguments, std::string input = {}) {
        scripts_ = std::move(scripts);
        streams_ = 0;
        server_ =
            std::make_unique<FakeServer>([this](const Asked& asked, Answering& to) { answer(asked, to); });
        CommandRun run;
        run.env["BOTERNITY_SERVER"] = server_->address();
        run.input = std::move(input);
        return run(std::move(arguments));
    }

    std::vector<std::string> targets() const {
        std::vector<std::string> out;
        for (const auto& asked : server_->asked()) out.push_back(asked.method + " " + asked.target);
        return out;
    }
    std::vector<json::object> sent() const {
        std::vector<json::object> out;
        for (const auto& asked : server_->asked()) {
            if (asked.method == "POST" && asked.target.ends_with("/messages")) {
                EXPECT_EQ(asked.accept, "text/event-stream");
                out.push_back(json::parse(asked.body).as_object());
            }
        }
        return out;
    }
    FakeServer& server() { return *server_; }

private:
    void answer(const Asked& asked, Answering& to) {
        if (asked.target.ends_with("/messages") || asked.target.find("/events") != std::string::npos) {
            const auto index = std::min(streams_.fetch_add(1), scripts_.size() - 1);
            return scripts_[index](asked, to);
        }
        if (asked.target.ends_with("page_size=1")) return to.json(200, R"({"sessions":[{"id":"last"}]})");
        if (asked.target.ends_with("/sessions")) return to.json(200, R"({"id":"new"})");
        to.json(200, R"({"id":"r1"})");
    }

    std::vector<Script> scripts_;
    std::atomic<std::size_t> streams_{0};
    std::unique_ptr<FakeServer> server_;
};

inline void full_answer(const Asked&, Answering& to) {
    send(to, {started(1), delta(2, "Hel"), delta(3, "lo"), completed(4)});
    to.finish();
}

}  // namespace boternity::cli
