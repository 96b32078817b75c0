#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/llama_cpp/tests/llama_rig.hpp"
#include "infra/llm/llama_cpp/tests/temp_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

namespace boternity::infra::llm {
namespace {

using core::StopReason;
using Role = core::PromptMessage::Role;
using std::chrono::milliseconds;

/// The conversation that goes on: what was asked, what was answered, what is asked now.
core::ModelRequest follow_up(core::ModelRequest before, std::string answer, std::string question) {
    before.messages.push_back(core::PromptMessage::of(Role::Assistant, std::move(answer)));
    before.messages.push_back(core::PromptMessage::of(Role::User, std::move(question)));
    return before;
}

core::ModelRequest with_soul(core::ModelRequest request) {
    request.messages.insert(
        request.messages.begin(),
        core::PromptMessage::of(Role::System, "You are Ada, a cheerful gardening bot. Be brief."));
    return request;
}

std::string words(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "word ";
    return text;
}

TEST(LlamaProvider, KnowsItsCardsWithoutReadingTheFile) {
    auto options = smol_options();
    options.models[0].path = "/nonexistent/model.gguf";
    LlamaRig rig(std::move(options));
    const std::vector<core::ModelCard> expected{{.name = "smollm2-135m",
                                                 .window_tokens = 1024,
                                                 .max_output_tokens = 1024,
                                                 .counts_exactly = true,
                                                 .tools = true,
                                                 .json_schema = true}};
    EXPECT_EQ(rig.provider().cards(), expected);
    EXPECT_EQ(rig.log().count("llama_model_loaded"), 0);
}

TEST(LlamaProvider, AnswersInEnglish) {
    LlamaRig rig;
    const auto heard = rig.tell(with_soul(ask("What is the capital of France?")));
    ASSERT_EQ(heard.outcome(), "end");
    EXPECT_NE(heard.text().find("Paris"), std::string::npos) << heard.text();
}

TEST(LlamaProvider, TheNextTurnReadsOnlyWhatIsNewAndSaysTheSame) {
    LlamaRig rig;
    const auto first = with_soul(ask("What should I plant in spring?", "session-1"));
    const auto one = rig.tell(first);
    ASSERT_EQ(one.outcome(), "end");
    EXPECT_EQ(one.usage().cache_read_tokens, 0);

    auto second = follow_up(first, one.text(), "And in autumn?");
    const auto warm = rig.tell(second);
    ASSERT_EQ(warm.outcome(), "end");
    const int both = one.usage().input_tokens + one.usage().output_tokens;
    EXPECT_GE(warm.usage().cache_read_tokens, both - 1)
        << "the prompt and the answer, its last token perhaps not";
    EXPECT_LT(warm.usage().cache_read_tokens, warm.usage().input_tokens);

    second.cache_key.clear();
    const auto cold = rig.tell(second);
    EXPECT_EQ(cold.usage().cache_read_tokens, 0) << "without a key nothing is kept";
    // The answer in the cache was computed token by token, here it is read in one go: results differ in the
    // last digits, so that a choice between two words that are equally good may fall otherwise, but not soon.
    const std::string one_text = cold.text();
    const std::string other_text = warm.text();
    const auto same = std::ranges::mismatch(one_text, other_text).in1 - one_text.begin();
    EXPECT_GE(same, static_cast<std::ptrdiff_t>(warm.text().size() / 4)) << cold.text() << "\n"
                                                                         << warm.text();
}

TEST(LlamaProvider, TheSameRequestAgainComputesItsLastTokensOnly) {
    LlamaRig rig;
    const auto request = ask("Say hello.", "session-1");
    const auto once = rig.tell(request);
    const auto again = rig.tell(request);
    EXPECT_EQ(again.text(), once.text());
    EXPECT_EQ(again.usage().cache_read_tokens, again.usage().input_tokens - 2);
}

TEST(LlamaProvider, AHistoryThatChangedIsReadFromTheChangeOn) {
    LlamaRig rig;
    const auto first = with_soul(ask("My name is Ann.", "session-1"));
    ASSERT_EQ(rig.tell(first).outcome(), "end");
    auto changed = with_soul(ask("My name is Bob. Who am I?", "session-1"));
    const auto warm = rig.tell(changed);
    EXPECT_GT(warm.usage().cache_read_tokens, 10) << "the soul";
    changed.cache_key.clear();
    EXPECT_EQ(warm.text(), rig.tell(changed).text());
}

TEST(LlamaProvider, TheLeastRecentlyUsedSessionGivesUpItsCache) {
    auto options = smol_options();
    options.max_contexts = 2;
    LlamaRig rig(std::move(options));
    const auto a = ask("Apples are red. Say so.", "a");
    const auto b = ask("Bananas are yellow. Say so.", "b");
    const auto c = ask("Cherries are dark. Say so.", "c");
    const auto answer_a = rig.tell(a);
    const auto answer_b = rig.tell(b);
    ASSERT_EQ(rig.tell(c).outcome(), "end");  // takes the cache of a

    const auto more_b = rig.tell(follow_up(b, answer_b.text(), "Again."));
    EXPECT_GE(more_b.usage().cache_read_tokens, answer_b.usage().input_tokens);
    const auto more_a = rig.tell(follow_up(a, answer_a.text(), "Again."));
    EXPECT_LT(more_a.usage().cache_read_tokens, answer_a.usage().input_tokens);
    EXPECT_EQ(more_a.outcome(), "end");
}

TEST(LlamaProvider, IsTheSameEveryTimeAtTemperatureZero) {
    const auto request = ask("Tell me about the sea.");
    std::string text;
    for (int i = 0; i < 2; ++i) {
        LlamaRig rig;
        const auto heard = rig.tell(request);
        ASSERT_EQ(heard.outcome(), "end");
        if (i == 0) text = heard.text();
        EXPECT_EQ(heard.text(), text);
    }
}

TEST(LlamaProvider, DrawsByTheRequestAboveZero) {
    LlamaRig rig;
    auto request = ask("Tell me a story.", "session-1");
    request.temperature = 1.5;
    const auto once = rig.tell(request);
    EXPECT_EQ(rig.tell(request).text(), once.text()) << "the same request repeats itself";
    request.cache_key = "session-2";
    EXPECT_NE(rig.tell(request).text(), once.text()) << "another session does not";
}

TEST(LlamaProvider, ShortChunksOfThePromptChangeNothing) {
    std::string text;
    for (const int chunk : {128, 17}) {
        auto options = smol_options();
        options.prompt_chunk_tokens = chunk;
        LlamaRig rig(std::move(options));
        const auto heard = rig.tell(with_soul(ask(words(60) + "What did I say?")));
        if (text.empty()) text = heard.text();
        EXPECT_EQ(heard.text(), text) << chunk;
    }
}

TEST(LlamaProvider, AStopStringMayLieAcrossTokens) {
    LlamaRig rig;
    const auto whole = rig.tell(ask("Tell me about the sea."));
    ASSERT_GE(whole.pieces.size(), 8U);
    // The end of one token and the beginning of the next.
    const std::string stop =
        whole.pieces[4].substr(whole.pieces[4].size() - 1) + whole.pieces[5].substr(0, 2);
    auto request = ask("Tell me about the sea.");
    request.stop = {"no such words", stop};
    const auto heard = rig.tell(request);
    ASSERT_EQ(heard.outcome(), "end");
    EXPECT_EQ(heard.end->reason, StopReason::Stop);
    EXPECT_EQ(heard.text(), whole.text().substr(0, whole.text().find(stop)));
}

TEST(LlamaProvider, EndsWithLengthWhenTheWindowIsFull) {
    auto options = smol_options();
    options.models[0].window_tokens = 256;
    LlamaRig rig(std::move(options));
    auto request = ask("Count from one to one hundred in words.");
    std::string soul;
    for (int i = 0; i < 68; ++i) soul += "Be kind. ";
    request.messages.insert(request.messages.begin(), core::PromptMessage::of(Role::System, soul));
    request.max_output_tokens = 10'000;
    const auto heard = rig.tell(request);
    ASSERT_EQ(heard.outcome(), "end");
    EXPECT_EQ(heard.end->reason, StopReason::Length);
    EXPECT_EQ(heard.usage().input_tokens + heard.usage().output_tokens, 256);
}

TEST(LlamaProvider, RefusesWhatDoesNotFitBeforeItStreams) {
    auto options = smol_options();
    options.models[0].window_tokens = 256;
    LlamaRig rig(std::move(options));
    const auto opened = rig.open(ask(words(300)));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::ContextTooLong);
    EXPECT_EQ(rig.tell(ask("Hello")).outcome(), "end");
}

TEST(LlamaProvider, RefusesModelsItDoesNotHave) {
    LlamaRig rig;
    auto request = ask("Hello");
    request.model = "other";
    EXPECT_EQ(rig.tell(request).outcome(), "not_found");
}

TEST(LlamaProvider, CountsExactlyWhatItReads) {
    LlamaRig rig;
    auto tools = ask("Hello");
    tools.tools = {{.name = "search", .parameters = R"({"type":"object"})"}};
    for (const auto& request :
         {tools, ask("Hello"), with_soul(ask("Gr\u00fc\u00dfe, \u4e16\u754c <|im_end|>"))}) {
        auto counting = rig.count(request);
        ASSERT_EQ(counting.wait_for(kPatience), std::future_status::ready);
        const auto counted = counting.get();
        ASSERT_TRUE(counted);
        EXPECT_EQ(*counted, rig.tell(request).usage().input_tokens);
    }
}

TEST(LlamaProvider, SaysWhenItsFileIsMissingAndGoesOnOnceItIsThere) {
    const testing::TempFolder folder;
    const auto path = folder.path() / "late.gguf";
    auto options = smol_options();
    options.models[0].path = path;
    LlamaRig rig(std::move(options));
    const auto before = rig.tell(ask("Hello"));
    ASSERT_EQ(before.outcome(), "unavailable");
    EXPECT_NE(before.error->message.find(path.string()), std::string::npos);
    auto counting = rig.count(ask("Hello"));
    const auto counted = counting.get();
    ASSERT_FALSE(counted);
    EXPECT_EQ(counted.error().code, ErrorCode::Unavailable);

    std::filesystem::create_symlink(testing::local_model(), path);
    EXPECT_EQ(rig.tell(ask("Hello")).outcome(), "end");
}

TEST(LlamaProvider, SurvivesAFileCutShort) {
    const testing::TempFolder folder;
    const auto path = folder.path() / "cut.gguf";
    std::filesystem::copy_file(testing::local_model(), path,
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    std::filesystem::resize_file(path, 50'000'000);
    auto options = smol_options();
    options.models.push_back({.name = "cut", .path = path});
    LlamaRig rig(std::move(options));
    auto request = ask("Hello");
    request.model = "cut";
    const auto heard = rig.tell(request);
    EXPECT_EQ(heard.outcome(), "unavailable");
    EXPECT_NE(heard.error->message.find("is cut short or damaged"), std::string::npos)
        << heard.error->message;
    EXPECT_NE(heard.error->detail.find("file bounds"), std::string::npos) << "the reason, for the log";
    EXPECT_EQ(rig.tell(ask("Hello")).outcome(), "end") << "the other model is not harmed";
}

}  // namespace
}  // namespace boternity::infra::llm
