#include "infra/llm/llama_cpp/kv_slots.hpp"
#include "infra/llm/llama_cpp/reply_job.hpp"
#include "infra/llm/llama_cpp/tests/llama_rig.hpp"
#include "testing/captured_log.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace boternity::infra::llm {
namespace {

/// A machine that has memory for so many contexts.
class KvSlotsTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto loaded = LlamaModel::load_blocking(smol_options().models[0], log_);
        ASSERT_TRUE(loaded) << loaded.error().message;
        model_ = *loaded;
    }

    Result<KvSlot*> take(const std::shared_ptr<ReplyJob>& job) { return slots_.take(job, model_, log_); }

    static std::shared_ptr<ReplyJob> job(std::string key) {
        // No piece may be unread, so that it stands still as soon as it is told to.
        return std::make_shared<ReplyJob>(ask("Hello", std::move(key)), 0);
    }

    testing::CapturedLog log_;
    std::shared_ptr<const LlamaModel> model_;
    int room_ = 1;
    int attempts_ = 0;
    KvSlots slots_{{.most = 4}, [this](const LlamaModel& model, const KvSlots::Shape&, int sequences) {
                       ++attempts_;
                       if (--room_ < 0) return ContextHandle{};
                       auto params = llama_context_default_params();
                       params.n_ctx = static_cast<std::uint32_t>(64 * sequences);
                       params.n_seq_max = static_cast<std::uint32_t>(sequences);
                       return ContextHandle(llama_init_from_model(model.handle(), params));
                   }};
};

TEST_F(KvSlotsTest, WhatMemoryWasNotFoundForIsNotTriedAgain) {
    const auto one = job("one");
    const auto two = job("two");
    ASSERT_NE(*take(one), nullptr);
    EXPECT_TRUE(slots_.available());
    EXPECT_EQ(*take(two), nullptr);
    EXPECT_FALSE(slots_.available()) << "a second reply waits for the first";
    EXPECT_EQ(*take(two), nullptr);
    EXPECT_EQ(attempts_, 2);
    slots_.release(*one);
    EXPECT_TRUE(slots_.available());
    EXPECT_NE(*take(two), nullptr);
    EXPECT_EQ(attempts_, 2);
}

TEST_F(KvSlotsTest, AfterAClearMemoryIsLookedForAgain) {
    const auto one = job("one");
    const auto two = job("two");
    ASSERT_NE(*take(one), nullptr);
    ASSERT_EQ(*take(two), nullptr);
    slots_.release(*one);
    slots_.clear();
    room_ = 2;
    EXPECT_NE(*take(one), nullptr);
    EXPECT_NE(*take(two), nullptr);
}

TEST_F(KvSlotsTest, AReplyThatStandsStillGivesItsSlotWhenThereIsMemoryForNoOther) {
    const auto one = job("one");
    const auto two = job("two");
    KvSlot* slot = *take(one);
    ASSERT_TRUE(one->park_if_full());
    EXPECT_EQ(*take(two), slot);
    EXPECT_EQ(slots_.of(*one), nullptr);
}

TEST_F(KvSlotsTest, TheModelLivesAsLongAsTheContextsMadeOfIt) {
    const auto one = job("one");
    ASSERT_NE(*take(one), nullptr);
    const std::weak_ptr<const LlamaModel> model = model_;
    model_.reset();
    EXPECT_FALSE(model.expired());
    slots_.clear();
    EXPECT_TRUE(model.expired());
}

TEST_F(KvSlotsTest, WithoutMemoryForAnyThePersonIsTold) {
    room_ = 0;
    const auto taken = take(job("one"));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace boternity::infra::llm
