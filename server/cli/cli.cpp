#include "cli/cli.hpp"

#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/config_place.hpp"
#include "cli/help_text.hpp"
#include "infra/clock/random_ids.hpp"
#include "infra/clock/system_clock.hpp"

#include <fmt/format.h>
#include <langinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

namespace boternity::cli {
namespace {

bool is_terminal(std::FILE* file) {
    const int descriptor = fileno(file);
    return descriptor >= 0 && isatty(descriptor) == 1;
}

/// What a shell says of a program that wrote into a closed pipe: 128 + SIGPIPE. Like `yes | head`, no error.
constexpr int kClosedPipe = 141;

Output::Manner manner_of(const Invocation& invocation) {
    const auto& platform = invocation.platform();
    const auto& globals = invocation.globals;
    const bool colour =
        !globals.no_colour && !platform.env("NO_COLOR") && platform.env("TERM").value_or("dumb") != "dumb";
    const bool out = is_terminal(platform.out);
    const bool err = is_terminal(platform.err);
    return {.json = globals.json,
            .quiet = globals.quiet,
            .out_terminal = out,
            .err_terminal = err,
            .out_colour = colour && out && !globals.json,
            .err_colour = colour && err};
}

int end_of_output(Output& out, int code) {
    out.flush();
    if (!out.broken()) return code;
    if (out.write_error() == EPIPE) return kClosedPipe;
    out.failure(
        {.message = fmt::format("The output cannot be written: {}.", std::strerror(out.write_error()))});
    return code != 0 ? code : static_cast<int>(ExitCode::Failed);
}

int fail_with(Invocation& invocation, const Failure& failure) {
    invocation.out().failure(failure);
    return end_of_output(invocation.out(), static_cast<int>(failure.exit));
}

/// A wrong command line, told with where its help is.
int wrong_usage(Invocation& invocation, const CLI::App& app, const CLI::ParseError& error) {
    const std::string path = words_of(named_command(app));
    const std::string help = path.empty() ? "boternity --help" : "boternity " + path + " --help";
    std::string what = error.what();
    while (!what.empty() && (what.back() == '\n' || what.back() == '.')) what.pop_back();
    return fail_with(
        invocation,
        {.exit = ExitCode::Usage, .message = fmt::format("{}. See `{}`.", what, help), .code = "usage"});
}

int perform(Invocation& invocation) {
    const auto answer = invocation.action();
    if (!answer) return fail_with(invocation, answer.error());
    return end_of_output(invocation.out(), static_cast<int>(*answer));
}

}  // namespace

int run_command(std::vector<std::string> arguments, Invocation& invocation, const ServeCommand& serve) {
    const auto app = make_command_line(invocation, serve);
    const bool json = std::ranges::find(arguments, "--json") != arguments.end();
    std::ranges::reverse(arguments);  // CLI11 takes them from the back
    try {
        app->parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        invocation.out().write(help_text(named_command(*app)));
        return end_of_output(invocation.out(), 0);
    } catch (const CLI::CallForVersion&) {
        invocation.globals.json = json;  // the flags may not have been reached
        invocation.out().set_manner(manner_of(invocation));
        say_version(invocation);
        return end_of_output(invocation.out(), 0);
    } catch (const CLI::ParseError& error) {
        invocation.globals.json = json;  // the flags may not have been reached
        invocation.out().set_manner(manner_of(invocation));
        return wrong_usage(invocation, *app, error);
    }
    invocation.out().set_manner(manner_of(invocation));
    // `config` tells itself, and of more, what is wrong with the file.
    if (auto settled = settle_data_folder(invocation); !settled && !app->got_subcommand("config"))
        return fail_with(invocation, settled.error());
    return perform(invocation);
}

int run(int argc, char** argv, ServeCommand serve, std::string_view version) {
    // Line editing needs to know what a character is; a locale that does not say UTF-8 here is a mistake.
    std::setlocale(LC_CTYPE, "");
    if (std::string_view(nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
    std::signal(SIGPIPE, SIG_IGN);

    const infra::SystemClock clock;
    infra::RandomIds ids(clock);
    Invocation invocation(
        {.in = stdin, .out = stdout, .err = stderr, .env = process_environment, .clock = clock, .ids = ids},
        std::string(version));
    try {
        return run_command({argv + 1, argv + argc}, invocation, serve);
    } catch (const std::exception& error) {
        // Nothing above throws on purpose: this is memory running out, or a defect.
        return fail_with(invocation,
                         {.message = fmt::format("Unexpected: {}.", error.what()), .code = "internal"});
    }
}

}  // namespace boternity::cli
