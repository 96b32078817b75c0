#pragma once

#include "cli/failure.hpp"

#include <boost/json/value.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace boternity::cli {

/// How a command speaks to whoever started it: answers on `out`, everything else on `err`.
///
/// Text given here is printed as it is: what came from a user or a model goes through safe_text.hpp before.
class Output {
public:
    Output(std::FILE* out, std::FILE* err) : out_(out), err_(err) {}

    /// Decided from the flags and the environment, once.
    struct Manner {
        bool json = false;   ///< for programs: JSON on `out`
        bool quiet = false;  ///< no notices
        bool out_terminal = false;
        bool err_terminal = false;
        bool out_colour = false;
        bool err_colour = false;
    };
    void set_manner(Manner manner) noexcept { manner_ = manner; }

    bool json() const noexcept { return manner_.json; }
    bool on_terminal() const noexcept { return manner_.out_terminal; }
    /// Columns of the terminal; 0 when `out` is none.
    int width() const noexcept;

    void write(std::string_view text);
    void line(std::string_view text);
    /// One JSON document on one line.
    void json_document(const boost::json::value& value);
    void flush();

    /// One dim line on `err`, unless --quiet.
    void note(std::string_view sentence);
    /// How far long work is, on one line of a terminal's `err` that the next one takes the place of; empty
    /// clears it. Nothing where `err` is no terminal, and with --quiet.
    void progress(std::string_view text);
    /// `error: ...` on `err`, and the problem document on `out` with --json.
    void failure(const Failure& failure);

    /// Escape sequences, or empty without colour.
    std::string_view bold() const noexcept { return manner_.out_colour ? "\x1b[1m" : ""; }
    std::string_view dim() const noexcept { return manner_.out_colour ? "\x1b[2m" : ""; }
    std::string_view red() const noexcept { return manner_.out_colour ? "\x1b[31m" : ""; }
    std::string_view green() const noexcept { return manner_.out_colour ? "\x1b[32m" : ""; }
    std::string_view cyan() const noexcept { return manner_.out_colour ? "\x1b[36m" : ""; }
    std::string_view reset() const noexcept { return manner_.out_colour ? "\x1b[0m" : ""; }

    /// True once `out` could not be written to; a stream that nobody reads should end.
    bool broken() const noexcept { return write_error_ != 0; }
    /// errno of the first failed write, or 0.
    int write_error() const noexcept { return write_error_; }

private:
    std::FILE* out_;
    std::FILE* err_;
    Manner manner_{};
    int write_error_ = 0;
};

}  // namespace boternity::cli
