// Answers as vendors' servers send them, kept in tests/golden/KIND: NAME.sse, NAME.ndjson (streams) or
// NAME.body (whole answers), and in NAME.json what must come of each.
#include "infra/llm/tests/golden_folder.hpp"
#include "infra/llm/vendors.hpp"
#include "infra/net/ndjson_reader.hpp"
#include "infra/net/sse_reader.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

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

struct Golden {
    std::string kind{};
    fs::path file{};
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
void PrintTo(const Golden& golden, std::ostream* out) {
    *out << golden.file;
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string text_in(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value ? std::string(value->as_string()) : std::string{};
}

int count_in_golden(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value ? value->to_number<int>() : 0;
}

core::ProviderState state_in(const json::object& object) {
    const json::value* state = object.if_contains("state");
    if (state == nullptr) return {};
    return {.format = text_in(state->as_object(), "format"), .data = text_in(state->as_object(), "data")};
}

core::ReplyEnd end_of(const json::object& end) {
    const auto reason = core::stop_reason_from(text_in(end, "reason"));
    EXPECT_TRUE(reason) << text_in(end, "reason");
    core::ReplyEnd out{.reason = reason.value_or(core::StopReason::Cancelled), .why = text_in(end, "why")};
    if (const json::value* told = end.if_contains("usage")) {
        const json::object& usage = told->as_object();
        out.usage = core::Usage{.input_tokens = count_in_golden(usage, "input"),
                                .cache_read_tokens = count_in_golden(usage, "cache_read"),
                                .cache_write_tokens = count_in_golden(usage, "cache_write"),
                                .output_tokens = count_in_golden(usage, "output"),
                                .reasoning_tokens = count_in_golden(usage, "reasoning")};
    }
    return out;
}

core::ReplyPiece piece_of(const json::object& object) {
    if (object.contains("text"))
        return core::TextPiece{.text = text_in(object, "text"), .state = state_in(object)};
    if (object.contains("reasoning")) {
        return core::ReasoningPiece{.index = count_in_golden(object, "index"),
                                    .text = text_in(object, "reasoning"),
                                    .state = state_in(object)};
    }
    if (const json::value* told = object.if_contains("call")) {
        const json::object& call = told->as_object();
        return core::ToolCallPiece{.index = count_in_golden(call, "index"),
                                   .id = text_in(call, "id"),
                                   .name = text_in(call, "name"),
                                   .arguments = text_in(call, "arguments"),
                                   .state = state_in(call)};
    }
    return end_of(object.at("end").as_object());
}

struct Expected {
    Outcome outcome{};
    std::string says{};  ///< the error's message holds it
};

Expected expected_of(fs::path file) {
    const json::object golden = json::parse(read_file(file.replace_extension(".json"))).as_object();
    Expected expected;
    for (const json::value& piece : golden.at("pieces").as_array())
        expected.outcome.pieces.push_back(piece_of(piece.as_object()));
    expected.outcome.error = text_in(golden, "error");
    expected.says = text_in(golden, "says");
    return expected;
}

void expect_same(const Outcome& outcome, const Expected& expected) {
    EXPECT_EQ(outcome.pieces, expected.outcome.pieces);
    EXPECT_EQ(outcome.error, expected.outcome.error) << outcome.message;
    EXPECT_TRUE(outcome.message.contains(expected.says)) << outcome.message;
}

void note(Outcome& outcome, const Status& status) {
    if (status) return;
    outcome.error = code_name(status.error().code);
    outcome.message = status.error().message;
}

/// The stream, given to the reader in two parts.
template <class Reader>
std::vector<SseEvent> events_of(std::string_view stream, std::size_t cut) {
    Reader reader;
    std::vector<SseEvent> events;
    EXPECT_TRUE(reader.feed(stream.substr(0, cut), events));
    EXPECT_TRUE(reader.feed(stream.substr(cut), events));
    if constexpr (requires { reader.finish(events); }) EXPECT_TRUE(reader.finish(events));
    return events;
}

Outcome decode(const RemoteApi& api, std::string_view stream, std::size_t cut) {
    const auto events = api.traits().framing == Framing::Lines ? events_of<NdjsonReader>(stream, cut)
                                                               : events_of<SseReader>(stream, cut);
    Outcome outcome;
    const auto decoder = api.decoder("");
    Status status;
    for (const auto& event : events) {
        if (status && !decoder->ended()) status = decoder->take(event, outcome.pieces);
    }
    if (status && !decoder->ended()) status = decoder->finish(outcome.pieces);
    note(outcome, status);
    return outcome;
}

class WireGolden : public ::testing::TestWithParam<Golden> {
protected:
    const RemoteApi& api() const { return *remote_api(GetParam().kind); }
};

TEST_P(WireGolden, IsReadAsExpectedHoweverItIsCut) {
    const Expected expected = expected_of(GetParam().file);
    const std::string answer = read_file(GetParam().file);
    if (GetParam().file.extension() == ".body") {
        Outcome outcome;
        note(outcome, api().decoder("")->take_whole(answer, outcome.pieces));
        if (!outcome.error.empty()) outcome.pieces.clear();
        expect_same(outcome, expected);
        return;
    }
    for (std::size_t cut = 0; cut <= answer.size(); ++cut) {
        expect_same(decode(api(), answer, cut), expected);
        ASSERT_FALSE(HasFailure()) << "cut at " << cut;
    }
}

std::vector<Golden> goldens() {
    std::vector<Golden> found;
    for (const auto& api : remote_apis()) {
        const std::string kind(api->traits().kind);
        for (const auto& entry : fs::directory_iterator(fs::path(golden_folder()) / kind)) {
            if (entry.path().extension() != ".json") found.push_back({.kind = kind, .file = entry.path()});
        }
    }
    std::ranges::sort(found, {}, &Golden::file);
    return found;
}

std::string name_of(const ::testing::TestParamInfo<Golden>& info) {
    std::string name = info.param.kind + "_" + info.param.file.stem().string();
    std::ranges::replace(name, '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Wires, WireGolden, ::testing::ValuesIn(goldens()), name_of);

}  // namespace
}  // namespace boternity::infra
