#include "core/llm/model_file_service.hpp"
#include "core/tests/platform.hpp"

#include <gtest/gtest.h>

namespace boternity::core {
namespace {

/// Files that are only names.
class NamedFiles final : public ModelFiles {
public:
    Task<Result<LocalModel>> add(NewModelFile file, CallContext) override {
        names.push_back(file.name);
        co_return LocalModel{.name = file.name};
    }
    Task<Result<std::unique_ptr<ModelPull>>> pull(NewModelFile, CallContext) override {
        co_return fail(ErrorCode::Unimplemented, "not here");
    }
    Task<Result<LocalModel>> find(std::string name, CallContext) override {
        co_return LocalModel{.name = name};
    }
    Task<Status> remove(std::string name, CallContext) override {
        std::erase(names, name);
        co_return Status{};
    }

    std::vector<std::string> names;
};

struct ModelFileRules : ::testing::Test {
    std::string added(NewModelFile file) {
        const auto model = platform.run(service.add(std::move(file), {}));
        return model ? "ok" : model.error().field;
    }
    std::string removed(std::string name, bool force) {
        const auto status = platform.run(service.remove(std::move(name), force, {}));
        return status ? "ok" : status.error().message;
    }

    Platform platform;
    NamedFiles files;
    ModelFileService service{files, platform.store.bots(), "local/default"};
};

TEST_F(ModelFileRules, NamesAndChecksumsAreOfAForm) {
    EXPECT_EQ(added({.source = "/m.gguf", .name = "qwen2.5-0.5b_q4"}), "ok");
    EXPECT_EQ(added({.source = "/m.gguf", .sha256 = std::string(64, 'F')}), "ok");
    for (const char* name : {"Big", "-x", ".x", "a/b", "a b", "\xc3\xa9"})
        EXPECT_EQ(added({.source = "/m.gguf", .name = name}), "name") << name;
    EXPECT_EQ(added({.source = "/m.gguf", .name = std::string(64, 'a')}), "name");
    for (const std::string& sum : {std::string(63, '0'), std::string(64, 'g')})
        EXPECT_EQ(added({.source = "/m.gguf", .sha256 = sum}), "sha256");
    EXPECT_EQ(added({.source = ""}), "path");
    EXPECT_EQ(added({.source = "/m\n.gguf"}), "path");
}

TEST_F(ModelFileRules, WhatIsInUseIsOnlyRemovedByForce) {
    files.names = {"default", "used", "free"};
    Bot bot = platform.bot();
    const auto put = [&](const Bot& stored) {
        bot = stored, bot.model = "local/used", bot.revision += 1;
        return BotUpdate{.bot = bot};
    };
    DecideBot decide = [&](const Bot& stored) -> Result<BotUpdate> { return put(stored); };
    ASSERT_TRUE(platform.run(platform.store.bots().update(BotRef{bot.id.text()}, decide, {})));
    EXPECT_NE(removed("default", false).find("is what new bots get"), std::string::npos);
    EXPECT_NE(removed("used", false).find("The bot ada has local/used"), std::string::npos);
    EXPECT_EQ(removed("free", false), "ok");
    EXPECT_EQ(files.names, (std::vector<std::string>{"default", "used"}));
    EXPECT_EQ(removed("used", true), "ok");
    EXPECT_EQ(removed("default", true), "ok");
    EXPECT_TRUE(files.names.empty());
}

}  // namespace
}  // namespace boternity::core
