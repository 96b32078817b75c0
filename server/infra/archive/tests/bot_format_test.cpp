#include "core/runtime/content_hash.hpp"
#include "infra/archive/archive_files.hpp"
#include "infra/archive/bot_format.hpp"
#include "infra/archive/libarchive_bot_archives.hpp"
#include "infra/archive/tests/evil_archives.hpp"
#include "testing/run_task.hpp"
#include "testing/sequential_ids.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace boternity::infra {
namespace {

constexpr Timestamp kThen{1'767'225'600'000'001};

core::BotCopy a_copy() {
    testing::SequentialIds ids;
    core::BotCopy copy;
    copy.bot = {.id = ids.make<BotId>(),
                .slug = "ada",
                .name = "Ada \"the first\"",
                .description = "two\nlines",
                .model = "fake/scripted",
                .settings = {.temperature = 0.25, .max_output_tokens = 99},
                .soul_version = 2,
                .created_at = kThen,
                .updated_at = kThen};
    for (int version = 1; version <= 2; ++version) {
        core::Soul soul{.version = version,
                        .text = "Be kind.\n\xf0\x9f\xa6\x80 " + std::to_string(version),
                        .author = "owner",
                        .note = "why",
                        .restores = version - 1,
                        .created_at = kThen};
        soul.hash = core::content_hash(soul.text);
        soul.size_bytes = static_cast<int>(soul.text.size());
        copy.souls.push_back(soul);
    }
    auto& one = copy.sessions.emplace_back();
    one.session = {.id = ids.make<SessionId>(), .title = "Of old", .created_at = kThen, .updated_at = kThen};
    core::Run run{.id = ids.make<RunId>(),
                  .state = core::RunState::Completed,
                  .model = "fake/scripted",
                  .soul_version = 2,
                  .settings = copy.bot.settings,
                  .input_message = ids.make<MessageId>(),
                  .output_message = ids.make<MessageId>(),
                  .usage = {.input_tokens = 3, .output_tokens = 4},
                  .stop_reason = core::StopReason::Stop,
                  .context_cut = core::ContextCut{1, 2, 3},
                  .created_at = kThen,
                  .moved_at = kThen,
                  .started_at = kThen,
                  .ended_at = kThen};
    one.messages = {{.id = *run.input_message, .run = run.id, .text = "Hello\u2028", .created_at = kThen},
                    {.id = *run.output_message,
                     .run = run.id,
                     .role = core::Role::Assistant,
                     .state = core::MessageState::Partial,
                     .text = "\x1b[1mHi",
                     .created_at = kThen}};
    one.runs = {run};
    EXPECT_TRUE(core::number_messages(one));
    return copy;
}

/// With a file that both of its messages name.
core::BotCopy a_copy_with_a_file() {
    core::BotCopy copy = a_copy();
    const std::string bytes("GIF89a\1\0\1\0\0\0\0\xff\x3b", 15);
    core::Attachment file{.id = testing::SequentialIds().make<AttachmentId>(),
                          .hash = core::content_hash(bytes),
                          .kind = core::FileKind::Image,
                          .media_type = "image/gif",
                          .name = "Grüße.gif",
                          .size_bytes = 15,
                          .created_at = kThen};
    copy.files[file.hash] = bytes;
    for (core::Message& message : copy.sessions[0].messages) message.attachments = {file};
    return copy;
}

std::string told_by(std::vector<core::NamedFile> files) {
    const auto read = recognise(std::move(files));
    if (read) return "ok";
    EXPECT_EQ(read.error().field, "archive");
    return read.error().message;
}

core::NamedFile& file_of(std::vector<core::NamedFile>& files, std::string_view path) {
    return *std::ranges::find(files, path, &core::NamedFile::path);
}

void swap_text(std::string& text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
}

/// Changes a file and lets the manifest agree.
std::vector<core::NamedFile> with(std::string_view path, const std::function<void(std::string&)>& change) {
    auto files = files_of(a_copy(), "1.0");
    auto& file = file_of(files, path);
    const std::string old_row = "\"size\":" + std::to_string(file.bytes.size()) + ",\"sha256\":\"" +
                                core::content_hash(file.bytes).substr(7);
    change(file.bytes);
    swap_text(file_of(files, kManifest).bytes, old_row,
              "\"size\":" + std::to_string(file.bytes.size()) + ",\"sha256\":\"" +
                  core::content_hash(file.bytes).substr(7));
    return files;
}

TEST(BotFormat, ABotComesBackAsItWas) {
    LibarchiveBotArchives archives("1.0");
    const auto copy = a_copy();
    const auto bytes = testing::run_task(archives.pack(copy));
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_EQ(*bytes, testing::run_task(archives.pack(copy)).value()) << "the same bytes for the same bot";
    const auto back = testing::run_task(archives.unpack(*bytes));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(std::get<core::PackedBot>(*back).copy, copy);
    EXPECT_TRUE(std::get<core::PackedBot>(*back).unknown_parts.empty());
}

TEST(BotFormat, ItComesAsTarToo) {
    std::vector<TarPart> parts;
    for (const auto& file : files_of(a_copy(), "1.0"))
        parts.push_back({.name = "./ada/" + file.path, .data = file.bytes});
    const auto files = read_archive(gzip_of(tar_of(parts)));
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_EQ(told_by(*files), "ok");
}

TEST(BotFormat, WhatSaysTheSameOverAndOverCanBePackedAndRead) {
    LibarchiveBotArchives archives("1.0");
    auto copy = a_copy();
    copy.sessions[0].messages[0].text = std::string(5 * 1024 * 1024, 'a');
    const auto bytes = testing::run_task(archives.pack(copy));
    ASSERT_TRUE(bytes) << bytes.error().message;
    const auto back = testing::run_task(archives.unpack(*bytes));
    // A line of more than 4 MiB is refused when it is read, so nothing of the platform makes one.
    ASSERT_FALSE(back);
    EXPECT_NE(back.error().message.find("4 MiB"), std::string::npos) << back.error().message;
    copy.sessions[0].messages[0].text = std::string(3 * 1024 * 1024, 'a');
    copy.sessions[0].messages[1].text = std::string(3 * 1024 * 1024, 'b');
    const auto second = testing::run_task(archives.pack(copy));
    ASSERT_TRUE(second);
    EXPECT_TRUE(testing::run_task(archives.unpack(*second)));
}

TEST(BotFormat, HalfAFileIsRefused) {
    const auto files = files_of(a_copy(), "1.0");
    const auto zip = write_zip(files).value();
    for (std::size_t length = 0; length < zip.size(); ++length) {
        ASSERT_FALSE(read_archive(std::string_view(zip).substr(0, length))) << length;
    }
    std::vector<TarPart> parts;
    for (const auto& file : files) parts.push_back({.name = file.path, .data = file.bytes});
    const auto tar = gzip_of(tar_of(parts));
    for (std::size_t length = 0; length < tar.size(); ++length) {
        auto cut = read_archive(std::string_view(tar).substr(0, length));
        // Only what stands behind the last file may be missing.
        if (cut && told_by(*cut) == "ok") ASSERT_EQ(*cut, files) << length;
    }
}

TEST(BotFormat, NoFlippedBitMakesAnotherBot) {
    const auto copy = a_copy();
    const auto zip = write_zip(files_of(copy, "1.0")).value();
    for (std::size_t at = 0; at < zip.size(); ++at) {
        for (const int bit : {0, 3, 7}) {
            std::string flipped = zip;
            flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
            auto files = read_archive(flipped);
            if (!files) continue;
            const auto back = recognise(std::move(*files));
            if (!back) continue;
            ASSERT_TRUE(std::holds_alternative<core::PackedBot>(*back)) << at;
            ASSERT_EQ(std::get<core::PackedBot>(*back).copy, copy) << at;
        }
    }
}

TEST(BotFormat, AWrongChecksumIsRefused) {
    auto files = files_of(a_copy(), "1.0");
    file_of(files, "souls/0001.md").bytes[0] = 'b';
    EXPECT_NE(told_by(files).find("checksum"), std::string::npos);
    files = files_of(a_copy(), "1.0");
    file_of(files, "souls/0001.md").bytes += "more";
    EXPECT_NE(told_by(files).find("checksum"), std::string::npos);
}

TEST(BotFormat, FilesAndManifestMustAgree) {
    auto files = files_of(a_copy(), "1.0");
    files.push_back({"souls/0003.md", "mine"});
    EXPECT_NE(told_by(files).find("\"souls/0003.md\" does not stand in the manifest"), std::string::npos);
    files = files_of(a_copy(), "1.0");
    files.pop_back();
    EXPECT_NE(told_by(files).find("is missing; the manifest names it"), std::string::npos);
    files = files_of(a_copy(), "1.0");
    auto& manifest = file_of(files, kManifest).bytes;
    const auto row =
        manifest.substr(manifest.find("{\"path\""), manifest.find('}') - manifest.find("{\"path\"") + 1);
    swap_text(manifest, row, row + "," + row);
    EXPECT_NE(told_by(files).find("twice"), std::string::npos);
}

TEST(BotFormat, ANewerSchemaSaysWhatToDo) {
    auto files = files_of(a_copy(), "9.1");
    swap_text(file_of(files, kManifest).bytes, "\"schema\":1", "\"schema\":2");
    const auto told = told_by(files);
    EXPECT_NE(told.find("schema 2"), std::string::npos) << told;
    EXPECT_NE(told.find("9.1"), std::string::npos) << told;
    EXPECT_NE(told.find("boternity version"), std::string::npos) << told;
}

TEST(BotFormat, APartThatNobodyKnowsIsReported) {
    auto files = files_of(a_copy(), "1.0");
    files.push_back({"memories/0001.json", "{}"});
    swap_text(file_of(files, kManifest).bytes, "\"files\":[",
              "\"files\":[{\"path\":\"memories/0001.json\",\"size\":2,\"sha256\":\"" +
                  core::content_hash("{}").substr(7) + "\"},");
    const auto read = recognise(files);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(std::get<core::PackedBot>(*read).unknown_parts, std::vector<std::string>{"memories/0001.json"});
}

TEST(BotFormat, AManifestThatIsNoneIsRefused) {
    for (const std::string manifest :
         {"", "[]", "null", "{", "{}", R"({"format":"other","schema":1,"files":[]})",
          R"({"format":"boternity.bot","schema":0,"files":[]})",
          R"({"format":"boternity.bot","schema":"1","files":[]})", R"({"format":"boternity.bot","schema":1})",
          R"({"format":"boternity.bot","schema":1,"files":[]})",
          R"({"format":"boternity.bot","schema":1,"files":[1]})", "\xff\xfe"}) {
        auto files = files_of(a_copy(), "1.0");
        file_of(files, kManifest).bytes = manifest;
        EXPECT_NE(told_by(files), "ok") << manifest;
    }
    auto deep = files_of(a_copy(), "1.0");
    file_of(deep, kManifest).bytes = std::string(1'000'000, '[');
    EXPECT_NE(told_by(deep), "ok");
    auto large = files_of(a_copy(), "1.0");
    file_of(large, kManifest).bytes = "{\"a\":[" + std::string(5 * 1024 * 1024, ' ') + "]}";
    EXPECT_NE(told_by(large).find("4 MiB"), std::string::npos);
}

TEST(BotFormat, TextThatIsNotUtf8IsRefused) {
    for (const std::string_view bytes :
         {"caf\xe9", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "cut \xe2\x82"}) {
        EXPECT_EQ(told_by(with("souls/0001.md", [&](std::string& text) { text = bytes; })),
                  "Nothing was imported: souls/0001.md is not UTF-8 text.");
    }
}

TEST(BotFormat, AWrongFactNamesItsPlace) {
    const auto bot = [](std::string_view from, std::string_view to) {
        return told_by(with("bot.json", [&](std::string& text) { swap_text(text, from, to); }));
    };
    EXPECT_NE(bot("\"slug\":\"ada\"", "\"slug\":7").find("bot.json: slug must be a text"), std::string::npos);
    EXPECT_NE(bot("2026-01-01", "2026-02-30").find("created_at must be a time"), std::string::npos);
    EXPECT_NE(bot("\"max_output_tokens\":99", "\"max_output_tokens\":99999999999").find("whole number"),
              std::string::npos);
    const auto souls = [](std::string_view from, std::string_view to) {
        return told_by(with("souls.json", [&](std::string& text) { swap_text(text, from, to); }));
    };
    EXPECT_NE(souls("\"version\":1", "\"version\":3").find("1, 2, 3"), std::string::npos);
    EXPECT_NE(souls("\"current\":2", "\"current\":1").find("current"), std::string::npos);
    EXPECT_NE(souls("souls/0001.md", "../evil.md").find("missing"), std::string::npos);
    EXPECT_NE(souls("souls/0001.md", "souls/0002.md"), "ok") << "one file for two versions";
}

TEST(BotFormat, RunsAndMessagesMustFitTogether) {
    const auto runs = [](std::string_view from, std::string_view to) {
        return told_by(
            with("sessions/0001/runs.jsonl", [&](std::string& text) { swap_text(text, from, to); }));
    };
    EXPECT_NE(runs("\"state\":\"completed\"", "\"state\":\"running\"").find("ended"), std::string::npos);
    EXPECT_NE(runs("\"state\":\"completed\"", "\"state\":\"done\"").find("words"), std::string::npos);
    const auto strangers = with("sessions/0001/messages.jsonl", [](std::string& text) { text += text; });
    EXPECT_NE(told_by(strangers).find("do not fit together"), std::string::npos);
    const auto nobody = with("sessions/0001/runs.jsonl", [](std::string& text) { text.clear(); });
    EXPECT_NE(told_by(nobody).find("do not fit together"), std::string::npos);
}

TEST(BotFormat, FilesComeAlong) {
    const core::BotCopy copy = a_copy_with_a_file();
    const auto read = bot_from(files_of(copy, "1.0"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->copy.files, copy.files);
    EXPECT_EQ(read->copy.sessions[0].messages, copy.sessions[0].messages);
    EXPECT_TRUE(read->unknown_parts.empty());
}

TEST(BotFormat, WhatAFileIsIsToldByItsBytes) {
    core::BotCopy copy = a_copy_with_a_file();
    auto& file = copy.sessions[0].messages[0].attachments[0];
    file.media_type = "text/html";
    file.name = "../../x\n.html";
    const auto read = bot_from(files_of(copy, "1.0"));
    ASSERT_TRUE(read);
    const auto& taken = read->copy.sessions[0].messages[0].attachments[0];
    EXPECT_EQ(taken.media_type, "image/gif");
    EXPECT_EQ(taken.name, "x .html");
    copy = a_copy_with_a_file();
    copy.files.begin()->second = std::string("\x7f"
                                             "ELF\0",
                                             5);
    EXPECT_NE(told_by(files_of(copy, "1.0")).find("No model here reads a file of this kind"),
              std::string::npos);
    copy.files.clear();
    EXPECT_NE(told_by(files_of(copy, "1.0")).find("is missing in the archive"), std::string::npos);
}

}  // namespace
}  // namespace boternity::infra
