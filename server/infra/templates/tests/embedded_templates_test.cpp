#include "core/bots/bot_service.hpp"
#include "core/bots/soul_service.hpp"
#include "core/bots/text_rules.hpp"
#include "infra/templates/embedded_templates.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace boternity::infra {
namespace {

TEST(EmbeddedTemplates, EachMakesABot) {
    const auto all = embedded_templates();
    ASSERT_TRUE(all) << all.error().detail;
    EXPECT_GE(all->size(), 6U);
    for (const core::Template& one : *all) {
        EXPECT_TRUE(core::is_slug(one.slug)) << one.slug;
        EXPECT_TRUE(core::check_line(one.name, "name", 1, 100)) << one.slug;
        EXPECT_FALSE(one.shows.empty()) << one.slug;
        EXPECT_TRUE(core::check_description(one.description)) << one.slug;
        EXPECT_TRUE(core::check_settings(one.settings)) << one.slug;
        EXPECT_TRUE(core::check_text(one.soul, "soul", core::kMaxSoulBytes)) << one.slug;
        EXPECT_LT(one.soul.size(), 2'500U) << one.slug << ": a small local model must keep it in mind";
    }
    EXPECT_TRUE(std::ranges::is_sorted(*all, {}, &core::Template::slug));
}

TEST(EmbeddedTemplates, FillWhatIsNotGivenAndNothingElse) {
    const core::Templates templates(embedded_templates().value());
    const core::Template& first = templates.all().front();
    const auto filled = templates.fill({.name = "Mine", .description = "my own"}, first.slug);
    ASSERT_TRUE(filled);
    EXPECT_EQ(filled->soul, first.soul);
    EXPECT_EQ(filled->name, "Mine");
    EXPECT_EQ(filled->description, "my own");
    const auto none = templates.fill({.name = "Mine"}, "nobody");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().field, "template");
    EXPECT_NE(none.error().message.find(first.slug), std::string::npos);
}

}  // namespace
}  // namespace boternity::infra
