#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace boternity::api {

/// Decodes a chunked body (RFC 9112 section 7.1) as it comes. Extensions and trailer fields are checked and
/// thrown away: a field behind the body must never count as one before it.
///
/// Pure; safe on any input.
class ChunkedBody {
public:
    enum class State {
        More,       ///< all input was taken, the body has not ended
        Done,       ///< the body has ended; what follows it is the next request
        Malformed,  ///< two readers could disagree on where it ends
        TooLarge,   ///< more than `limit` bytes of body
    };

    explicit ChunkedBody(std::size_t limit) : limit_(limit) {}

    /// Takes input; `taken` says how much of it. After anything but More it takes no more.
    State feed(std::string_view input, std::size_t& taken);

    const std::string& body() const noexcept { return body_; }
    std::string take() { return std::move(body_); }

private:
    enum class Part { Size, Extension, SizeLf, Data, DataCr, DataLf, Trailer, TrailerLf };

    State feed_byte(char c);
    State end_of_size();
    State end_of_trailer_line();

    // Sizes of up to 8 digits, behind any zeros, within a line of bounded length.
    static constexpr int kMostDigits = 8;
    static constexpr std::size_t kMostLine = 1024;
    static constexpr std::size_t kMostTrailer = 8 * 1024;

    std::size_t limit_;
    std::string body_;
    Part part_ = Part::Size;
    std::uint64_t size_ = 0;
    int digits_ = 0;
    bool any_digit_ = false;
    std::size_t line_ = 0;
    std::size_t trailer_bytes_ = 0;
    std::string trailer_line_;
};

}  // namespace boternity::api
