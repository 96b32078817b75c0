#include "infra/llm/llama_cpp/machine_room.hpp"
#include "infra/llm/llama_cpp/model_facts.hpp"
#include "infra/llm/llama_cpp/model_folder.hpp"
#include "infra/llm/llama_cpp/model_memory.hpp"
#include "infra/llm/llama_cpp/tests/llama_rig.hpp"
#include "infra/llm/llama_cpp/tests/temp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace boternity::infra::llm {
namespace {

namespace fs = std::filesystem;

class Loaded final : public Unloadable {
public:
    bool unload_if_idle_blocking() override {
        if (busy) return false;
        ++unloads;
        return true;
    }
    bool busy = false;
    int unloads = 0;
};

TEST(ModelMemory, WhatWasUsedLongestAgoGoesFirst) {
    ModelMemory memory(100);
    auto a = std::make_shared<Loaded>();
    auto b = std::make_shared<Loaded>();
    ASSERT_TRUE(memory.take_blocking("a", 40, a));
    ASSERT_TRUE(memory.take_blocking("b", 40, b));
    memory.touch("a");
    ASSERT_TRUE(memory.take_blocking("c", 40, std::make_shared<Loaded>()));
    EXPECT_EQ(a->unloads, 0);
    EXPECT_EQ(b->unloads, 1);
    EXPECT_EQ(memory.used_bytes(), 80U);
}

TEST(ModelMemory, WhatIsInUseStays) {
    ModelMemory memory(100);
    auto a = std::make_shared<Loaded>();
    a->busy = true;
    ASSERT_TRUE(memory.take_blocking("a", 60, a));
    const auto refused = memory.take_blocking("b", 60, std::make_shared<Loaded>());
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().retry_after);
    EXPECT_EQ(memory.used_bytes(), 60U);
}

TEST(ModelMemory, AModelThatNeverFitsUnloadsNothing) {
    ModelMemory memory(100);
    auto a = std::make_shared<Loaded>();
    ASSERT_TRUE(memory.take_blocking("a", 60, a));
    const auto refused = memory.take_blocking("b", 101, std::make_shared<Loaded>());
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().retry_after);
    EXPECT_NE(refused.error().message.find("BOTERNITY_MODEL_MEMORY"), std::string::npos);
    EXPECT_EQ(a->unloads, 0);
}

/// Two names for one file, and memory for one of them.
LlamaOptions two_models(std::uint64_t memory) {
    auto options = smol_options();
    options.models.push_back(options.models[0]);
    options.models[1].name = "second";
    options.memory_bytes = memory;
    return options;
}

TEST(LlamaMemory, TwoModelsTakeTurnsInTheMemoryOfOne) {
    LlamaRig rig(two_models(300'000'000));
    auto second = ask("Hello");
    second.model = "second";
    EXPECT_EQ(rig.tell(ask("Hello")).outcome(), "end");
    EXPECT_EQ(rig.tell(second).outcome(), "end");
    EXPECT_EQ(rig.tell(ask("Hello")).outcome(), "end");
    EXPECT_EQ(rig.log().count("llama_model_loaded"), 3);
    EXPECT_EQ(rig.log().count("llama_model_unloaded"), 2);
}

TEST(LlamaMemory, TwoModelsStayWhereThereIsRoomForBoth) {
    LlamaRig rig(two_models(1'000'000'000));
    auto second = ask("Hello");
    second.model = "second";
    EXPECT_EQ(rig.tell(ask("Hello")).outcome(), "end");
    EXPECT_EQ(rig.tell(second).outcome(), "end");
    EXPECT_EQ(rig.tell(ask("Hello")).outcome(), "end");
    EXPECT_EQ(rig.log().count("llama_model_loaded"), 2);
}

TEST(LlamaMemory, ConcurrentFirstRequestsLoadOnce) {
    LlamaRig rig;
    std::vector<std::future<Heard>> replies;
    for (int i = 0; i < 4; ++i) replies.push_back(rig.start(ask("Hello", std::to_string(i))));
    for (auto& reply : replies) EXPECT_EQ(LlamaRig::await(reply).outcome(), "end");
    EXPECT_EQ(rig.log().count("llama_model_loaded"), 1);
}

TEST(LlamaMemory, AModelLargerThanTheLimitIsRefusedBeforeItIsLoaded) {
    LlamaRig rig(two_models(50'000'000));
    const auto heard = rig.tell(ask("Hello"));
    ASSERT_EQ(heard.outcome(), "unavailable");
    EXPECT_NE(heard.error->message.find("smollm2-135m needs"), std::string::npos) << heard.error->message;
    EXPECT_EQ(rig.log().count("llama_model_loaded"), 0);
}

TEST(ModelFacts, AreReadWithoutTheWeights) {
    const auto facts = model_facts_blocking(testing::local_model());
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->architecture, "llama");
    EXPECT_EQ(facts->trained_window, 8192);
    EXPECT_EQ(facts->cache_bytes_a_token, 23'040U);
    EXPECT_TRUE(facts->has_chat_template);
}

TEST(ModelFolder, HoldsModelsAndSaysWhatIsNone) {
    const testing::TempFolder folder;
    fs::create_symlink(testing::local_model(), folder.path() / "My Model.gguf");
    std::ofstream(folder.path() / "notes.gguf") << "no model";
    std::ofstream(folder.path() / "readme.txt") << "no model";
    fs::create_directory(folder.path() / "folder.gguf");
    testing::CapturedLog log;
    const auto models = models_in_folder_blocking(folder.path(), {}, log);
    ASSERT_EQ(models.size(), 1U);
    EXPECT_EQ(models[0].name, "my-model");
    EXPECT_EQ(models[0].window_tokens, 4096);
    EXPECT_EQ(log.count("llama_model_left_out"), 2);
    EXPECT_TRUE(models_in_folder_blocking(folder.path(), smol_options().models, log).empty())
        << "the same file";
    EXPECT_TRUE(models_in_folder_blocking(folder.path() / "none", {}, log).empty());
}

void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

TEST(MachineRoom, TheNarrowestGroupCounts) {
    const testing::TempFolder root;
    write(root.path() / "proc/self/cgroup", "0::/outer/inner\n");
    write(root.path() / "proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable: 4000000 kB\n");
    write(root.path() / "sys/fs/cgroup/outer/cpu.max", "50000 100000\n");
    write(root.path() / "sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
    write(root.path() / "sys/fs/cgroup/outer/memory.max", "3000000000\n");
    write(root.path() / "sys/fs/cgroup/outer/memory.current", "1000000000\n");
    write(root.path() / "sys/fs/cgroup/outer/inner/memory.max", "max\n");
    const auto room = machine_room(root.path());
    EXPECT_EQ(room.cores, 1U);
    EXPECT_EQ(room.memory_bytes, 2'000'000'000U);
}

TEST(MachineRoom, WithoutGroupsTheMachineCounts) {
    const testing::TempFolder root;
    write(root.path() / "proc/meminfo", "MemAvailable: 4000000 kB\n");
    EXPECT_EQ(machine_room(root.path()).memory_bytes, 4'096'000'000U);
    EXPECT_GE(machine_room(root.path()).cores, 1U);
}

}  // namespace
}  // namespace boternity::infra::llm
