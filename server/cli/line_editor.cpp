#include "cli/line_editor.hpp"

#include <histedit.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace boternity::cli {
namespace {

constexpr int kRememberedLines = 1000;

}  // namespace

struct LineEditor::State {
    EditLine* editor = nullptr;
    History* history = nullptr;
    HistEvent event{};
    std::string prompt;
    bool interrupted = false;
    bool was_empty = false;
    std::FILE* out = nullptr;

    static State& of(EditLine* editor) {
        void* self = nullptr;
        el_get(editor, EL_CLIENTDATA, &self);
        return *static_cast<State*>(self);
    }

    static char* show_prompt(EditLine* editor) { return of(editor).prompt.data(); }

    static unsigned char on_interrupt(EditLine* editor, int) {
        auto& self = of(editor);
        const LineInfo* line = el_line(editor);
        self.interrupted = true;
        self.was_empty = line->lastchar == line->buffer;
        return CC_EOF;
    }

    static unsigned char on_suspend(EditLine* editor, int) {
        el_set(editor, EL_PREP_TERM, 0);
        std::raise(SIGTSTP);  // returns when the shell brings this program back
        el_set(editor, EL_PREP_TERM, 1);
        return CC_REDISPLAY;
    }
};

LineEditor::LineEditor(std::FILE* in, std::FILE* out) : state_(std::make_unique<State>()) {
    auto& state = *state_;
    state.out = out;
    state.editor = el_init("boternity", in, out, out);
    state.history = history_init();
    history(state.history, &state.event, H_SETSIZE, kRememberedLines);
    history(state.history, &state.event, H_SETUNIQUE, 1);
    el_set(state.editor, EL_CLIENTDATA, &state);
    el_set(state.editor, EL_EDITOR, "emacs");
    el_set(state.editor, EL_SIGNAL, 1);
    el_set(state.editor, EL_HIST, history, state.history);
    el_set(state.editor, EL_PROMPT_ESC, &State::show_prompt, '\1');
    // While a line is typed Ctrl-C and Ctrl-Z reach the editor as keys; as soon as it is not, they are
    // signals again.
    el_set(state.editor, EL_SETTY, "-d", "-isig", nullptr);
    el_set(state.editor, EL_ADDFN, "boternity-interrupt", "Clears the line, or leaves", &State::on_interrupt);
    el_set(state.editor, EL_BIND, "^C", "boternity-interrupt", nullptr);
    el_set(state.editor, EL_ADDFN, "boternity-suspend", "Back to the shell for a while", &State::on_suspend);
    el_set(state.editor, EL_BIND, "^Z", "boternity-suspend", nullptr);
    el_set(state.editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
}

LineEditor::~LineEditor() {
    el_end(state_->editor);
    history_end(state_->history);
}

LineEditor::Outcome LineEditor::read(std::string prompt, std::string& line) {
    auto& state = *state_;
    state.prompt = std::move(prompt);
    while (true) {
        state.interrupted = false;
        int count = 0;
        // el_gets shows the prompt first and only then takes the keys: a Ctrl-C between the two would still
        // be the signal, and end the program.
        el_set(state.editor, EL_PREP_TERM, 1);
        const char* text = el_gets(state.editor, &count);
        if (state.interrupted) {
            std::fputs("^C\n", state.out);
            std::fflush(state.out);
            if (state.was_empty) return Outcome::Interrupted;
            continue;
        }
        if (text == nullptr || count <= 0) return Outcome::End;
        line.assign(text, static_cast<std::size_t>(count));
        while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
        return Outcome::Line;
    }
}

void LineEditor::remember(std::string_view line) {
    std::string entry(line);
    // The editor shows one line.
    std::ranges::replace(entry, '\n', ' ');
    history(state_->history, &state_->event, H_ENTER, entry.c_str());
}

}  // namespace boternity::cli
