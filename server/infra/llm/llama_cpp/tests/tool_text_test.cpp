#include "infra/llm/llama_cpp/tool_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace boternity::infra::llm {
namespace {

struct Read {
    std::string text{};
    std::vector<core::ToolCallPiece> calls{};
};

/// What the reader makes of an answer that comes in parts of so many bytes.
Read read(const std::string& answer, std::size_t bytes) {
    CallReader reader;
    Read all;
    const auto take = [&](const std::vector<core::ReplyPiece>& pieces) {
        for (const auto& piece : pieces) {
            if (const auto* text = std::get_if<core::TextPiece>(&piece)) all.text += text->text;
            if (const auto* call = std::get_if<core::ToolCallPiece>(&piece)) all.calls.push_back(*call);
        }
    };
    for (std::size_t at = 0; at < answer.size(); at += bytes) take(reader.add(answer.substr(at, bytes)));
    take(reader.finish());
    return all;
}

TEST(CallReader, FindsCallsHoweverTheyArrive) {
    const std::string answer =
        "Let me look.\n<tool_call>\n{\"name\":\"now\",\"arguments\":{\"city\":\"</tool_call>\"}}\n"
        "</tool_call>\n<tool_call>\n{\"name\":\"b\",\"arguments\":{}}\n</tool_call>\n";
    for (std::size_t bytes = 1; bytes <= answer.size(); ++bytes) {
        const auto heard = read(answer, bytes);
        EXPECT_EQ(heard.text, "Let me look.\n") << bytes;
        const std::vector<core::ToolCallPiece> calls{
            {.index = 0, .id = "call_1", .name = "now", .arguments = R"({"city":"</tool_call>"})"},
            {.index = 1, .id = "call_2", .name = "b", .arguments = "{}"}};
        EXPECT_EQ(heard.calls, calls) << bytes;
    }
}

TEST(CallReader, WhatIsNoCallStaysText) {
    for (const std::string answer :
         {"<tool", "a < b", "<tool_call>\nnot JSON\n</tool_call>", "Hello <tool_cal"}) {
        for (std::size_t bytes = 1; bytes <= answer.size(); ++bytes) {
            const auto heard = read(answer, bytes);
            EXPECT_EQ(heard.text, answer) << bytes;
            EXPECT_TRUE(heard.calls.empty());
        }
    }
}

TEST(CallReader, ACallThatIsCutIsDropped) {
    const auto heard = read("<tool_call>\n{\"name\":\"now\",\"argum", 7);
    EXPECT_EQ(heard.text, "");
    EXPECT_TRUE(heard.calls.empty());
}

}  // namespace
}  // namespace boternity::infra::llm
