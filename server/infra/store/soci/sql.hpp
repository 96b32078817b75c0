#pragma once

#include <cstddef>

namespace boternity::infra::store {

/// A piece of SQL that is known when the program is compiled.
template <std::size_t Size>
struct SqlPiece {
    char text[Size]{};

    consteval SqlPiece() = default;
    consteval SqlPiece(const char (&literal)[Size]) {
        for (std::size_t i = 0; i < Size; ++i) text[i] = literal[i];
    }
};

namespace detail {

template <std::size_t... Sizes>
consteval auto join(const SqlPiece<Sizes>&... pieces) {
    SqlPiece<(Sizes + ...) - sizeof...(Sizes) + 1> joined;
    std::size_t at = 0;
    const auto add = [&](const auto& piece) {
        for (const char* c = piece.text; *c != '\0'; ++c) joined.text[at++] = *c;
    };
    (add(pieces), ...);
    return joined;
}

}  // namespace detail

/// Several pieces as one statement, e.g. a list of columns that statements share.
template <SqlPiece... Pieces>
inline constexpr auto kSql = detail::join(Pieces...);

/// The text of a statement. Only literals and what is joined from them have it: nothing that comes from
/// outside can ever become SQL, the compiler refuses it.
class Sql {
public:
    template <std::size_t Size>
    consteval Sql(const char (&literal)[Size]) : text_(literal) {}
    template <std::size_t Size>
    consteval Sql(const SqlPiece<Size>& joined) : text_(joined.text) {}

    const char* text() const noexcept { return text_; }

private:
    const char* text_;
};

}  // namespace boternity::infra::store
