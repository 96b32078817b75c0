#pragma once

#include "cli/invocation.hpp"
#include "cli/line_editor.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::cli {

/// A conversation on the terminal: reads lines, says them, shows the answers, until /quit, Ctrl-D or Ctrl-C
/// at an empty prompt.
class ChatLoop {
public:
    struct Bot {
        std::string id;
        std::string slug;
        std::string state;
        std::string model;
    };

    ChatLoop(Invocation& invocation, Bot bot, std::string session);

    Answer<ExitCode> run();

private:
    enum class Next { GoOn, Leave };

    void greet();
    /// Puts what was said before within arrow-up's reach.
    void recall();
    Next obey(std::string_view command);
    /// Gives a file to the server, for the next message.
    void attach(std::string_view path);
    void start_over();
    void show_history();
    void say(std::string text);
    LineEditor::Outcome read(std::string& text);

    Invocation& invocation_;
    Bot bot_;
    std::string session_;
    std::vector<std::string> attachments_;  ///< ids, for the next message
    LineEditor editor_;
};

}  // namespace boternity::cli
