#include "cli/output.hpp"

#include "cli/json_fields.hpp"
#include "cli/safe_text.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace boternity::cli {
namespace {

constexpr int kUsualWidth = 80;

}  // namespace

int Output::width() const noexcept {
    if (!manner_.out_terminal) return 0;
    winsize size{};
    if (ioctl(fileno(out_), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
    return size.ws_col;
}

void Output::write(std::string_view text) {
    if (text.empty() || broken()) return;
    if (std::fwrite(text.data(), 1, text.size(), out_) != text.size())
        write_error_ = errno != 0 ? errno : EIO;
}

void Output::line(std::string_view text) {
    write(text);
    write("\n");
}

void Output::json_document(const boost::json::value& value) {
    line(json_line(value));
}

void Output::flush() {
    if (!broken() && std::fflush(out_) != 0) write_error_ = errno != 0 ? errno : EIO;
}

void Output::note(std::string_view sentence) {
    if (manner_.quiet) return;
    flush();
    const std::string_view dim = manner_.err_colour ? "\x1b[2m" : "";
    const std::string_view reset = manner_.err_colour ? "\x1b[0m" : "";
    fmt::print(err_, "{}{}{}\n", dim, safe_line(sentence), reset);
    std::fflush(err_);
}

void Output::progress(std::string_view text) {
    if (manner_.quiet || !manner_.err_terminal) return;
    const std::string line = fmt::format("\r\x1b[K{}", text);
    std::fwrite(line.data(), 1, line.size(), err_);
    std::fflush(err_);
}

void Output::failure(const Failure& failure) {
    flush();
    const std::string_view red = manner_.err_colour ? "\x1b[31m" : "";
    const std::string_view reset = manner_.err_colour ? "\x1b[0m" : "";
    fmt::print(err_, "{}error:{} {}\n", red, reset, safe_line(failure.message));
    if (!failure.field.empty()) fmt::print(err_, "field: {}\n", safe_line(failure.field));
    std::fflush(err_);
    if (json()) {
        json_document(problem_of(failure));
        flush();
    }
}

}  // namespace boternity::cli
