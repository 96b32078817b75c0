#include "cli/run_view.hpp"

#include "cli/interrupts.hpp"
#include "cli/json_fields.hpp"
#include "cli/safe_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stop_token>

namespace boternity::cli {

namespace json = boost::json;

bool RunView::show(const json::object& event) {
    if (event.contains("failed")) {
        const auto& error = object_field(object_field(event, "failed"), "error");
        // Whatever the reason: that the model did not answer is what the caller has to know.
        run_failure_ = {.exit = ExitCode::Model,
                        .message = text_field(error, "message"),
                        .code = text_field(error, "code")};
    }
    if (out_.json()) {
        out_.json_document(event);
    } else {
        show_for_people(event);
    }
    out_.flush();
    return !out_.broken();
}

void RunView::show_for_people(const json::object& event) {
    if (const auto* delta = event.if_contains("delta"); delta != nullptr && delta->is_object()) {
        return show_text(safe_text(text_field(delta->get_object(), "text")));
    }
    if (event.contains("started")) {
        const auto attempt = number_field(object_field(event, "started"), "attempt");
        if (attempt < 2) return;
        end_line();
        said_ = false;
        const auto steps = number_field(object_field(event, "started"), "steps");
        out_.note(steps == 0 ? std::string("(the server restarted; the answer begins again)")
                             : fmt::format("(the server restarted; it goes on behind step {})", steps));
    } else if (event.contains("step_began") || event.contains("step_ended")) {
        show_step(event);
    } else if (event.contains("context_cut")) {
        const auto& cut = object_field(event, "context_cut");
        end_line();
        out_.note(fmt::format(
            "(the {} oldest messages did not fit the model's window of {} tokens and were left out)",
            number_field(cut, "dropped_messages"), number_field(cut, "window_tokens")));
    } else {
        // The end. A stream that began behind the text does not repeat it.
        if (text_field(object_field(event, "completed"), "stop_reason") == "length") {
            end_line();
            out_.note("(the answer was cut at the limit of output tokens)");
        }
        end_line();
    }
}

/// A line for each tool and question, between the words.
void RunView::show_step(const json::object& event) {
    end_line();
    const auto beginning = [](const std::string& text) {
        constexpr std::size_t kMost = 120;
        const auto line = text.substr(0, std::min(text.find('\n'), kMost));
        return safe_line(line.size() < text.size() ? line + " ..." : line);
    };
    const auto& began = object_field(event, "step_began");
    if (!began.empty()) {
        const auto kind = text_field(began, "kind");
        if (kind == "tool_call") {
            out_.note(fmt::format("[{}] {}", safe_line(text_field(began, "name")),
                                  beginning(text_field(began, "arguments"))));
        } else if (kind == "decision") {
            std::string options;
            for (const auto& option : array_field(began, "options")) {
                if (!option.is_string()) continue;
                options += (options.empty() ? "" : ", ") + std::string(option.get_string());
            }
            out_.note(fmt::format("[asks you] {}{}", safe_line(text_field(began, "question")),
                                  options.empty() ? "" : " (" + safe_line(options) + ")"));
            out_.note(fmt::format("Answer with: boternity run decide {} ANSWER",
                                  safe_line(text_field(event, "run"))));
        } else if (kind == "wait") {
            out_.note("[waits for its agents]");
        }
        return;
    }
    const auto& ended = object_field(event, "step_ended");
    const auto text = text_field(ended, "text");
    out_.note(fmt::format("  {} {}", true_field(ended, "failed") ? "failed:" : "->", beginning(text)));
}

void RunView::show_text(const std::string& text) {
    if (text.empty()) return;
    if (!said_) out_.write(prefix_);
    said_ = true;
    out_.write(text);
    at_line_end_ = text.back() == '\n';
}

void RunView::end_line() {
    if (!at_line_end_) out_.write("\n");
    at_line_end_ = true;
}

Answer<ExitCode> follow_run(Invocation& invocation, const std::string& run, std::uint32_t after) {
    auto& server = invocation.server();
    RunView view(invocation.out());
    RunFollower follower(
        server, [&](const json::object& event) { return view.show(event); },
        [&] {
            view.end_line();
            invocation.out().note("(the connection broke; connecting again)");
        });
    std::stop_source stop;
    const Interrupts interrupts(server.io(), [&] { stop.request_stop(); });
    const auto end = server.run(follower.follow(run, after, stop.get_token()));
    view.end_line();
    if (!end) return std::unexpected(end.error());
    return exit_of(*end, view);
}

Answer<ExitCode> exit_of(RunEnd end, const RunView& view) {
    switch (end) {
    case RunEnd::Completed: return ExitCode::Ok;
    case RunEnd::Failed: return std::unexpected(view.run_failure());
    case RunEnd::Cancelled: break;
    }
    return failed("The run was cancelled.", "cancelled");
}

}  // namespace boternity::cli
