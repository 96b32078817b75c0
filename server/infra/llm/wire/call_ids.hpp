#pragma once

#include <set>
#include <string>
#include <string_view>

namespace boternity::infra {

/// Gives each tool call of one answer an id that no other call of it has, whatever the server says.
class CallIds {
public:
    /// What the server calls its answer: ids made here differ from those of other answers then.
    void name_answer(std::string_view name) {
        if (!answer_.empty()) return;
        for (const char c : name.substr(0, 40)) {
            const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            if (plain) answer_ += c;
        }
        if (!answer_.empty()) answer_ += '_';
    }

    /// `wanted` itself if it is free; "call_N" or "call_ANSWER_N" for none.
    std::string take(std::string_view wanted) {
        const std::string number = std::to_string(taken_.size());
        std::string id = wanted.empty() ? "call_" + answer_ + number : std::string(wanted);
        while (!taken_.insert(id).second) id += "_" + number;
        return id;
    }

    std::size_t size() const noexcept { return taken_.size(); }

private:
    std::set<std::string, std::less<>> taken_;
    std::string answer_;
};

/// More calls than this in one answer are a fault of the server.
inline constexpr std::size_t kMaxCalls = 128;

}  // namespace boternity::infra
