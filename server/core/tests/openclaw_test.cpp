#include "core/bots/soul_service.hpp"
#include "core/travel/openclaw.hpp"
#include "core/travel/openclaw_text.hpp"
#include "core/travel/pasted_secrets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace boternity::core {
namespace {

WorkspaceBot made_of(std::vector<NamedFile> files) {
    auto made = bot_of_workspace({std::move(files)});
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : WorkspaceBot{};
}

/// "taken: place" or "left: why"; nothing when the part is not in the report.
std::optional<std::string> fate(const WorkspaceBot& made, std::string_view part) {
    const auto found = std::ranges::find(made.items, part, &ImportItem::part);
    if (found == made.items.end()) return std::nullopt;
    return found->taken ? "taken: " + found->place : "left: " + found->note;
}

bool says(const WorkspaceBot& made, std::string_view text) {
    return made.soul.find(text) != std::string::npos;
}

TEST(OpenClaw, TheSoulComesWordForWord) {
    const std::string soul =
        "# Clawdia\n\n*Be* genuinely helpful.\n\n## Boundaries\n- Private things stay private.";
    const auto made =
        made_of({{"SOUL.md", "\xef\xbb\xbf---\nsummary: x\nread_when: always\n---\n" + soul + "\n"}});
    EXPECT_EQ(made.soul, soul + "\n");
    EXPECT_EQ(fate(made, "SOUL.md"), "taken: soul");
}

TEST(OpenClaw, NamesAreMatchedInAnyCaseAndOnlyAtTheTop) {
    const auto made = made_of({{"soul.MD", "Be kind."}, {"old/SOUL.md", "Be evil."}});
    EXPECT_EQ(made.soul, "Be kind.\n");
    EXPECT_EQ(fate(made, "old/SOUL.md"), "left: only the top folder's files count");
}

TEST(OpenClaw, TheIdentityGivesNameAndLooks) {
    const auto made = made_of(
        {{"IDENTITY.md", "# IDENTITY.md\n- **Name:** Clawdia\n- **Creature:** a crab\n- *vibe*: `calm`\n"
                         "- **Emoji:**\n  _(your signature: pick one)_\n- **Avatar:** avatars/me.png\n"
                         "- **Shoe size:** 38\n"}});
    EXPECT_EQ(made.name, "Clawdia");
    EXPECT_TRUE(says(made, "## Identity\n\n- creature: a crab\n- vibe: calm"));
    EXPECT_EQ(fate(made, "IDENTITY.md: name"), "taken: name");
    EXPECT_EQ(fate(made, "IDENTITY.md: emoji"), "left: a placeholder");
    EXPECT_EQ(fate(made, "IDENTITY.md: avatar"), "left: pictures have no place here yet");
    EXPECT_TRUE(fate(made, "IDENTITY.md: shoe size")->starts_with("left: "));
}

TEST(OpenClaw, PlaceholdersCountAsEmpty) {
    const auto made =
        made_of({{"SOUL.md", "Be kind."}, {"IDENTITY.md", "- **Name:** _(pick something you like)_\n"}});
    EXPECT_EQ(made.name, "");
    EXPECT_EQ(fate(made, "IDENTITY.md: name"), "left: a placeholder");
}

TEST(OpenClaw, TheUserAndTheRulesComeBehindThePersona) {
    const auto made =
        made_of({{"AGENTS.md", "# AGENTS\nAlways answer in English.\n\n## Style\nShort.\n\n"
                               "## Heartbeats\nReply HEARTBEAT_OK.\n\n## Tools\nCamera: hall\n"},
                 {"USER.md", "<!-- observed: 2026-01-01 | status: superseded -->\n- lives in Bonn\n\n"
                             "<!-- observed: 2026-02-01 | status: active -->\n- lives in Ulm\n"},
                 {"SOUL.md", "Be kind."}});
    EXPECT_TRUE(made.soul.starts_with("Be kind."));
    EXPECT_TRUE(says(made, "## About the person you work for\n\n- lives in Ulm"));
    EXPECT_FALSE(says(made, "Bonn"));
    EXPECT_EQ(fate(made, "USER.md: 1 entries"), "left: superseded");
    EXPECT_TRUE(says(made, "## How you work\n\nAlways answer in English.\n\n### Style\n\nShort."));
    EXPECT_FALSE(says(made, "HEARTBEAT_OK"));
    EXPECT_TRUE(fate(made, "AGENTS.md: Heartbeats")->starts_with("left: "));
    EXPECT_EQ(fate(made, "AGENTS.md: Tools"), "taken: soul: Your environment");
    EXPECT_TRUE(says(made, "It permits nothing.\n\nCamera: hall"));
}

TEST(OpenClaw, OlderToolsAreNotesToo) {
    const auto made = made_of({{"SOUL.md", "Be kind."}, {"TOOLS.md", "# Tools\nssh: home-server"}});
    EXPECT_TRUE(says(made, "ssh: home-server"));
    EXPECT_EQ(fate(made, "TOOLS.md"), "taken: soul: Your environment");
}

TEST(OpenClaw, WhatHasNoPlaceIsNeverSilent) {
    const std::vector<std::string> left{"MEMORY.md",
                                        "memory/2026-01-01.md",
                                        "HEARTBEAT.md",
                                        "BOOTSTRAP.md",
                                        "BOOT.md",
                                        "DREAMS.md",
                                        "openclaw.json",
                                        "credentials/x.json",
                                        "state/openclaw.sqlite",
                                        "skills/a/SKILL.md",
                                        "notes.txt",
                                        "x.sqlite"};
    std::vector<NamedFile> files{{"SOUL.md", "Be kind."}};
    for (const auto& path : left) files.push_back({path, "HIDDEN"});
    const auto made = made_of(files);
    EXPECT_EQ(made.soul, "Be kind.\n");
    for (const auto& path : left) {
        const auto told = fate(made, path);
        ASSERT_TRUE(told) << path;
        EXPECT_TRUE(told->starts_with("left: ") && told->size() > 10) << path << ": " << *told;
    }
}

TEST(OpenClaw, SecretsAreLeftOutAndReported) {
    const std::string key = "sk-" + std::string(32, 'a');
    const auto made = made_of({{"SOUL.md", "Be kind.\nUse " + key + " for it.\nBe brief."},
                               {"TOOLS.md", "wifi password: hunter22\nhall camera\n"}});
    EXPECT_FALSE(says(made, key));
    EXPECT_FALSE(says(made, "hunter22"));
    EXPECT_TRUE(says(made, "Be kind.\nBe brief."));
    EXPECT_TRUE(says(made, "hall camera"));
    EXPECT_EQ(fate(made, "SOUL.md: 1 line"), "left: looks like a key, a token or a password");
    for (const auto& item : made.items) EXPECT_EQ(item.note.find("hunter22"), std::string::npos);
}

TEST(OpenClaw, TerminalSequencesAreNoPersona) {
    const auto made = made_of({{"SOUL.md", "Be \x1b[31mkind\x1b[0m.\r\nAnd\tbrief\x07.\xc2\x9b"}});
    EXPECT_EQ(made.soul, "Be [31mkind[0m.\nAnd\tbrief.\n");
}

TEST(OpenClaw, WhatIsNoWorkspaceIsRefused) {
    EXPECT_EQ(bot_of_workspace({}).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(bot_of_workspace({{{"README.md", "x"}}}).error().field, "archive");
    EXPECT_NE(bot_of_workspace({{{"SOUL.md", ""}}}).error().message.find("say nothing"), std::string::npos);
    EXPECT_NE(bot_of_workspace({{{"SOUL.md", "caf\xe9"}}}).error().message.find("UTF-8"), std::string::npos);
    EXPECT_EQ(bot_of_workspace({{{"SOUL.md", std::string(kMaxSoulBytes + 1, 'x')}}}).error().code,
              ErrorCode::TooLarge);
}

TEST(PastedSecrets, AreFound) {
    const std::vector<std::string> secrets{
        "key ghp_" + std::string(36, 'A'),   "AWS AKIA" + std::string(16, 'B'),
        "(xoxb-123456789012-abc)",           "`AIza" + std::string(35, 'c') + "`",
        "Bearer eyJ" + std::string(60, 'd'), "API_KEY=9f8e7d6c5b4a",
        "- **Password:** `hunter22`",        "db: postgres://bot:geheim@db.local/x",
        "my token = abcdef123456",
    };
    for (const auto& line : secrets) EXPECT_EQ(without_secrets(line).lines, 1) << line;
    // In two pieces: the scan for committed keys reads this file as well.
    const std::string kind = "OPENSSH PRIVATE ";
    const auto key =
        without_secrets("a\n-----BEGIN " + kind + "KEY-----\nAAAA\n-----END " + kind + "KEY-----\nb\n");
    EXPECT_EQ(key.text, "a\nb\n");
    EXPECT_EQ(key.lines, 3);
}

TEST(PastedSecrets, PlainSentencesStay) {
    for (const std::string line :
         {"Never tell a password to anybody.", "Token: what a model reads, about four letters.",
          "The secret of tea: patience and time.", "See https://example.org/a:b@c?x=1",
          "A risk-free task-force", "Mail me at ada@example.org"}) {
        EXPECT_EQ(without_secrets(line).text, line);
    }
}

}  // namespace
}  // namespace boternity::core
