#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/llama_cpp/tests/model_path.hpp"
#include "testing/captured_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace boternity::infra::llm {
namespace {

using Embeddings = Result<std::vector<core::Embedding>>;

double likeness(const core::Embedding& a, const core::Embedding& b) {
    return std::inner_product(a.vector.begin(), a.vector.end(), b.vector.begin(), 0.0);
}

class LlamaEmbedderTest : public ::testing::Test {
protected:
    LlamaEmbedderTest() { start({}); }
    ~LlamaEmbedderTest() override {
        provider_.reset();
        inference_.join();
        callers_.join();
    }

    void start(LlamaOptions options) {
        options.threads = 1;
        if (options.embedders.empty())
            options.embedders = {{.name = "minilm", .path = testing::local_embedder()}};
        provider_ = make_llama_provider(std::move(options), inference_, log_);
    }

    Embeddings embed(std::vector<std::string> texts, core::CallContext context = {},
                     std::string model = "minilm") {
        return core::asio::co_spawn(callers_,
                                    provider_->embed(std::move(model), std::move(texts), std::move(context)),
                                    core::asio::use_future)
            .get();
    }

    core::asio::thread_pool callers_{1};
    core::Pool inference_{"inference", 1, 64};
    testing::CapturedLog log_;
    std::shared_ptr<LlamaModels> provider_;
};

TEST_F(LlamaEmbedderTest, LikeMeaningsHaveLikeDirections) {
    const auto made = embed({"cat", "kitten", "car"});
    ASSERT_TRUE(made.has_value());
    EXPECT_GT(likeness((*made)[0], (*made)[1]), likeness((*made)[0], (*made)[2]) + 0.1);
    for (const auto& each : *made) EXPECT_NEAR(likeness(each, each), 1, 1e-5);
}

// Computed from the published weights in 64 bits, by the formulas of BERT.
TEST_F(LlamaEmbedderTest, TheVectorsAreThoseOfThePublishedWeights) {
    const auto made = embed({"The cat sits on the mat.", "Quarterly revenue grew by ten percent."});
    ASSERT_TRUE(made.has_value());
    ASSERT_EQ((*made)[0].vector.size(), 384U);
    const std::vector<float> cat{0.13418F,  -0.0329F, -0.0248F, 0.04144F,
                                 -0.03635F, 0.04181F, 0.03122F, 0.0372F};
    const std::vector<float> revenue{0.03658F, -0.03729F, -0.01176F, -0.04817F,
                                     0.05186F, 0.02138F,  0.01279F,  0.06352F};
    for (std::size_t i = 0; i < cat.size(); ++i) {
        EXPECT_NEAR((*made)[0].vector[i], cat[i], 1e-2) << i;
        EXPECT_NEAR((*made)[1].vector[i], revenue[i], 1e-2) << i;
    }
    EXPECT_NEAR(likeness((*made)[0], (*made)[1]), -0.02725, 1e-2);
}

TEST_F(LlamaEmbedderTest, AHundredTextsAtOnceAreAsOneByOne) {
    std::vector<std::string> texts;
    for (int i = 0; i < 100; ++i)
        texts.push_back(fmt::format("Sentence {} of {}{}", i, i * 7, std::string(i, 'x')));
    const auto at_once = embed(texts);
    ASSERT_TRUE(at_once.has_value());
    ASSERT_EQ(at_once->size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto alone = embed({texts[i]});
        ASSERT_TRUE(alone.has_value());
        EXPECT_EQ(alone->front(), (*at_once)[i]) << texts[i];
    }
}

TEST_F(LlamaEmbedderTest, ALongTextIsCutAndItIsTold) {
    std::string text;
    for (int i = 0; i < 510; ++i) text += "word ";
    const auto made = embed({text, text + "more", "short"});
    ASSERT_TRUE(made.has_value());
    EXPECT_FALSE((*made)[0].truncated);
    EXPECT_EQ((*made)[0].tokens, 512);
    EXPECT_TRUE((*made)[1].truncated);
    EXPECT_EQ((*made)[1].tokens, 512);
    EXPECT_EQ((*made)[0].vector, (*made)[1].vector);
    EXPECT_FALSE((*made)[2].truncated);
}

TEST_F(LlamaEmbedderTest, ControlTokensInATextAreText) {
    const auto made = embed({"[SEP]", "plain"});
    ASSERT_TRUE(made.has_value());
    EXPECT_GT((*made)[0].tokens, 3);
}

TEST_F(LlamaEmbedderTest, AStoppedCallEnds) {
    std::stop_source stop;
    stop.request_stop();
    const auto made = embed({"x"}, {.stop = stop.get_token()});
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, ErrorCode::Cancelled);
    EXPECT_TRUE(embed({"x"}).has_value());
}

TEST_F(LlamaEmbedderTest, ACallThatIsStoppedMidwayMakesNoMoreVectors) {
    std::stop_source stop;
    std::vector<std::string> texts(256, "a text");
    auto making = core::asio::co_spawn(
        callers_, provider_->embed("minilm", std::move(texts), {.stop = stop.get_token()}),
        core::asio::use_future);
    // Between two texts, or before the first.
    core::asio::post(inference_.executor(), [&] { stop.request_stop(); });
    const auto made = making.get();
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, ErrorCode::Cancelled);
}

TEST_F(LlamaEmbedderTest, UnknownMissingAndTooLargeModelsAreRefused) {
    EXPECT_EQ(embed({"x"}, {}, "nobody").error().code, ErrorCode::NotFound);
    start({.embedders = {{.name = "minilm", .path = "/nowhere.gguf"}}});
    EXPECT_EQ(embed({"x"}).error().code, ErrorCode::Unavailable);
    start({.memory_bytes = 1'000'000});
    EXPECT_EQ(embed({"x"}).error().code, ErrorCode::Unavailable);
}

TEST_F(LlamaEmbedderTest, ItLeavesForAnotherModelAndComesBack) {
    start({.embedders = {{.name = "minilm", .path = testing::local_embedder()},
                         {.name = "other", .path = testing::local_embedder()}},
           .memory_bytes = 60'000'000});
    const auto first = embed({"x"});
    ASSERT_TRUE(first.has_value());
    ASSERT_TRUE(embed({"x"}, {}, "other").has_value());
    const auto again = embed({"x"});
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(*first, *again);
}

}  // namespace
}  // namespace boternity::infra::llm
