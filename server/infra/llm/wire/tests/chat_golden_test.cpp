#include "infra/llm/wire/chat_completions.hpp"
#include "infra/llm/wire/tests/golden_folder.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace boternity::infra {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

/// What came of an answer: its pieces, in the words of the golden files, and how it ended.
struct Outcome {
    std::vector<core::ReplyPiece> pieces{};
    std::string error{};
    std::string message{};
};

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string text_of(const json::value& value) {
    return std::string(value.as_string());
}

core::StopReason reason_of(const std::string& name) {
    const auto reason = core::stop_reason_from(name);
    EXPECT_TRUE(reason) << name;
    return reason.value_or(core::StopReason::Cancelled);
}

core::ReplyPiece piece_of(const json::object& object) {
    if (object.contains("text")) return core::TextPiece{.text = text_of(object.at("text"))};
    if (object.contains("reasoning")) {
        return core::ReasoningPiece{
            .text = text_of(object.at("reasoning")),
            .state = {.format = std::string(kChatReasoning), .data = text_of(object.at("field"))}};
    }
    if (object.contains("call")) {
        const json::object& call = object.at("call").as_object();
        return core::ToolCallPiece{.index = call.at("index").to_number<int>(),
                                   .id = text_of(call.at("id")),
                                   .name = text_of(call.at("name")),
                                   .arguments = text_of(call.at("arguments"))};
    }
    const json::object& end = object.at("end").as_object();
    core::ReplyEnd out{.reason = reason_of(text_of(end.at("reason")))};
    if (end.contains("usage")) {
        const json::object& usage = end.at("usage").as_object();
        out.usage = core::Usage{.input_tokens = usage.at("input").to_number<int>(),
                                .cache_read_tokens = usage.at("cached").to_number<int>(),
                                .output_tokens = usage.at("output").to_number<int>()};
    }
    return out;
}

Outcome expected_of(const json::object& golden) {
    Outcome expected;
    for (const json::value& piece : golden.at("pieces").as_array()) {
        expected.pieces.push_back(piece_of(piece.as_object()));
    }
    if (golden.contains("error")) expected.error = text_of(golden.at("error"));
    return expected;
}

/// The stream, given to the reader in two parts.
Outcome decode(std::string_view stream, std::size_t cut) {
    Outcome outcome;
    SseReader reader;
    ChatStreamDecoder decoder;
    std::vector<SseEvent> events;
    EXPECT_TRUE(reader.feed(stream.substr(0, cut), events));
    EXPECT_TRUE(reader.feed(stream.substr(cut), events));
    Status status;
    for (const auto& event : events) {
        if (status) status = decoder.take(event, outcome.pieces);
    }
    if (status) status = decoder.finish(outcome.pieces);
    if (!status) {
        outcome.error = code_name(status.error().code);
        outcome.message = status.error().message;
    }
    return outcome;
}

class ChatGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(ChatGolden, IsReadAsExpectedHoweverItIsCut) {
    const fs::path folder = golden_folder();
    const json::object golden = json::parse(read_file(folder / (GetParam() + ".json"))).as_object();
    const Outcome expected = expected_of(golden);
    const std::string stream = read_file(folder / (GetParam() + ".sse"));
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        const Outcome outcome = decode(stream, cut);
        ASSERT_EQ(outcome.pieces, expected.pieces) << "cut at " << cut;
        ASSERT_EQ(outcome.error, expected.error) << "cut at " << cut;
        if (golden.contains("says"))
            ASSERT_TRUE(outcome.message.contains(text_of(golden.at("says")))) << outcome.message;
    }
}

class ChatWholeGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(ChatWholeGolden, IsReadAsExpected) {
    const fs::path folder = golden_folder();
    const json::object golden = json::parse(read_file(folder / (GetParam() + ".json"))).as_object();
    const Outcome expected = expected_of(golden);
    std::vector<core::ReplyPiece> pieces;
    const Status status = ChatStreamDecoder().take_whole(read_file(folder / (GetParam() + ".body")), pieces);
    if (!status) pieces.clear();
    EXPECT_EQ(pieces, expected.pieces);
    EXPECT_EQ(status ? "" : std::string(code_name(status.error().code)), expected.error);
}

std::vector<std::string> names_with(std::string_view extension) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(golden_folder())) {
        if (entry.path().extension() == extension) names.push_back(entry.path().stem());
    }
    std::ranges::sort(names);
    return names;
}

constexpr auto kName = [](const auto& info) { return info.param; };

INSTANTIATE_TEST_SUITE_P(Sse, ChatGolden, ::testing::ValuesIn(names_with(".sse")), kName);
INSTANTIATE_TEST_SUITE_P(Json, ChatWholeGolden, ::testing::ValuesIn(names_with(".body")), kName);

}  // namespace
}  // namespace boternity::infra
