#include "core/tests/platform.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace boternity::core {
namespace {

class FakeFactory final : public LlmProviderFactory {
public:
    Result<std::shared_ptr<LlmProvider>> make(const ProviderConfig& config) const override {
        if (config.base_url == "bad") return fail(invalid_argument("That is no address.", "base_url"));
        return std::make_shared<testing::ScriptedLlm>();
    }
};

class DeclaredProviders : public ::testing::Test {
protected:
    DeclaredProviders() { platform_.models.add_factory("openai", std::make_shared<FakeFactory>()); }

    DeclaredProvider declared(std::string name, std::string base_url = "http://127.0.0.1:9/v1") {
        return {.config = {.id = platform_.ids.make<ProviderId>(),
                           .name = std::move(name),
                           .kind = "openai",
                           .base_url = std::move(base_url),
                           .models = {"m"}},
                .origin = "file boternity.toml:3"};
    }

    std::set<std::string> names() const {
        std::set<std::string> names;
        for (const auto& provider : platform_.models.providers()) names.insert(provider.name);
        return names;
    }

    Platform platform_;
};

TEST_F(DeclaredProviders, TakeThePlaceOfThoseOfBeforeAndKeepTheirIds) {
    auto& models = platform_.models;
    ASSERT_TRUE(models.declare({declared("one"), declared("two")}));
    const auto before = models.providers();
    ASSERT_TRUE(models.declare({declared("two"), declared("three")}));
    EXPECT_EQ(names(), (std::set<std::string>{"fake", "two", "three"}));
    const auto id_of = [](const auto& providers, std::string_view name) {
        for (const auto& provider : providers) {
            if (provider.name == name) return provider.id;
        }
        return ProviderId{};
    };
    EXPECT_EQ(id_of(models.providers(), "two"), id_of(before, "two"));
}

TEST_F(DeclaredProviders, ChangeNothingWhenOneIsWrong) {
    auto& models = platform_.models;
    ASSERT_TRUE(models.declare({declared("one")}));
    EXPECT_EQ(models.declare({declared("two"), declared("three", "bad")}).error().code,
              ErrorCode::InvalidArgument);
    EXPECT_EQ(models.declare({declared("two"), declared("fake")}).error().code, ErrorCode::WrongState);
    EXPECT_EQ(names(), (std::set<std::string>{"fake", "one"}));
}

TEST_F(DeclaredProviders, AreRemovedInTheirFileOnly) {
    ASSERT_TRUE(platform_.models.declare({declared("one")}));
    const auto removed = platform_.run(platform_.models.remove("one", {}));
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code, ErrorCode::WrongState);
    EXPECT_NE(removed.error().message.find("boternity.toml:3"), std::string::npos);
    const auto added = platform_.run(platform_.models.add(
        {.name = "one", .kind = "openai", .base_url = "http://127.0.0.1:9/v1", .models = {"m"}}, {}));
    EXPECT_EQ(added.error().code, ErrorCode::AlreadyExists);
}

}  // namespace
}  // namespace boternity::core
