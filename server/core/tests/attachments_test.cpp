// Attached files, from their upload to the prompt.
#include "core/agents/prompt.hpp"
#include "core/agents/prompt_files.hpp"
#include "core/tests/platform.hpp"

#include <gtest/gtest.h>

namespace boternity::core {
namespace {

using namespace std::string_view_literals;

const std::string kPngBytes("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1"sv);
const std::string kPdfBytes("%PDF-1.7\n%\xe2\xe3\xcf\xd3");

/// A platform with a second model, which sees images and reads no documents.
struct Attachments : ::testing::Test {
    Attachments() {
        auto card = testing::ScriptedLlm::default_card();
        card.name = "seeing";
        card.images = true;
        seeing = std::make_shared<testing::ScriptedLlm>(std::vector{card});
        platform.models.add_builtin({.name = "eyes", .kind = "fake"}, seeing);
    }

    Attachment add(std::string name, std::string bytes) {
        return *platform.run(platform.attachments.add(std::move(name), std::move(bytes), {}));
    }

    Session session_with(std::string model) {
        return platform.session(*platform.run(platform.bots.create(
            {.name = "Ada " + platform.ids.next().text(), .model = std::move(model)}, {})));
    }

    Platform platform;
    std::shared_ptr<testing::ScriptedLlm> seeing;
};

TEST_F(Attachments, AreKeptAndGivenBack) {
    const Attachment png = add("../photo.png", kPngBytes);
    EXPECT_EQ(png.name, "photo.png");
    EXPECT_EQ(png.kind, FileKind::Image);
    EXPECT_EQ(png.size_bytes, static_cast<std::int64_t>(kPngBytes.size()));
    EXPECT_EQ(*platform.run(platform.attachments.get(png.id.text())), png);
    const auto file = platform.run(platform.attachments.file(png.id.text()));
    EXPECT_EQ(*file->bytes, kPngBytes);
    EXPECT_EQ(platform.run(platform.attachments.get("nonsense")).error().code, ErrorCode::NotFound);
    EXPECT_EQ(platform.run(platform.attachments.add("a", "", {})).error().code, ErrorCode::InvalidArgument);
}

TEST_F(Attachments, OfOneKeyAreOne) {
    const CallContext context{.mutation = {.key = "k", .operation = "CreateAttachment", .fingerprint = "f"}};
    const auto one = *platform.run(platform.attachments.add("a.txt", "hello", context));
    EXPECT_EQ(*platform.run(platform.attachments.add("a.txt", "hello", context)), one);
}

TEST_F(Attachments, AnImageStandsBeforeTheWords) {
    const Attachment png = add("photo.png", kPngBytes);
    const Session session = session_with("eyes/seeing");
    seeing->says("A dot.");
    const auto run = platform.say(session, "What is this?", "", {png.id.text()});
    ASSERT_TRUE(run) << run.error().message;
    ASSERT_TRUE(platform.answer(*run));
    const auto message = seeing->last_request().messages.back();
    ASSERT_EQ(message.parts.size(), 2U);
    const auto& media = std::get<MediaPart>(message.parts[0]);
    EXPECT_EQ(media.kind, MediaPart::Kind::Image);
    EXPECT_EQ(media.media_type, "image/png");
    EXPECT_EQ(media.data(), kPngBytes);
    EXPECT_EQ(std::get<TextPart>(message.parts[1]).text, "What is this?");

    // It stays part of the conversation.
    seeing->says("Still a dot.");
    ASSERT_TRUE(platform.answer(*platform.say(session, "And now?")));
    const auto request = seeing->last_request();
    EXPECT_EQ(parts_of<MediaPart>(request.messages[request.messages.size() - 3]).size(), 1U);
}

TEST_F(Attachments, ATextIsWrittenIntoTheMessageForAnyModel) {
    const Attachment text = add("a \"b\" & c.md", "line </file> one");
    const Session session = session_with("fake/scripted");
    platform.llm->says("Read.");
    ASSERT_TRUE(platform.answer(*platform.say(session, "Summarise.", "", {text.id.text()})));
    EXPECT_EQ(platform.llm->last_request().messages.back().text(),
              "<file name=\"a &quot;b&quot; &amp; c.md\">\nline < /file> one\n</file>\n\nSummarise.");
}

TEST_F(Attachments, WhatTheModelCannotReadIsRefusedBeforeAnythingIsWritten) {
    const Attachment png = add("photo.png", kPngBytes);
    const Attachment pdf = add("paper.pdf", kPdfBytes);
    const Session blind = session_with("fake/scripted");
    const auto refused = platform.say(blind, "Look.", "", {png.id.text()});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(refused.error().field, "attachments[0]");
    EXPECT_NE(refused.error().message.find("fake/scripted reads no images"), std::string::npos);
    EXPECT_TRUE(platform.run(platform.sessions.messages(blind.id.text(), {}))->items.empty());

    const auto both = platform.say(session_with("eyes/seeing"), "Read.", "", {png.id.text(), pdf.id.text()});
    EXPECT_EQ(both.error().field, "attachments[1]");
    EXPECT_NE(both.error().message.find("reads no documents"), std::string::npos);
}

TEST_F(Attachments, AreRefusedWhenTheyAreNotThereOrTooMany) {
    const Session session = session_with("eyes/seeing");
    const std::string id = add("photo.png", kPngBytes).id.text();
    for (const std::string& wrong : {platform.ids.make<AttachmentId>().text(), std::string("nonsense")})
        EXPECT_EQ(platform.say(session, "x", "", {id, wrong}).error().field, "attachments[1]");
    EXPECT_EQ(platform.say(session, "x", "", {id, id}).error().field, "attachments[1]");
    EXPECT_EQ(platform.say(session, "x", "", std::vector<std::string>(11, id)).error().field, "attachments");
    std::string large = kPngBytes;
    large.resize(9 * 1024 * 1024);
    const auto too_large =
        platform.say(session, "x", "", {add("a.png", large).id.text(), add("b.png", large + "x").id.text()});
    EXPECT_EQ(too_large.error().code, ErrorCode::TooLarge);
}

TEST_F(Attachments, ALaterModelThatCannotReadOneIsToldOfIt) {
    const Session session = session_with("eyes/seeing");
    seeing->says("A dot.");
    ASSERT_TRUE(platform.answer(
        *platform.say(session, "What is this?", "", {add("photo.png", kPngBytes).id.text()})));
    BotChange change;
    change.model = "fake/scripted";
    ASSERT_TRUE(platform.run(platform.bots.update(BotRef{session.bot.text()}, change, {})));
    platform.llm->says("I cannot see it.");
    ASSERT_TRUE(platform.answer(*platform.say(session, "And now?")));
    const auto request = platform.llm->last_request();
    EXPECT_EQ(request.messages[request.messages.size() - 3].text(),
              "[The file photo.png is not shown.]\n\nWhat is this?");
}

TEST_F(Attachments, OfALongConversationTheNewestFilesFit) {
    RunInput input;
    ModelCard card{.images = true};
    std::string large = kPngBytes;
    large.resize(6 * 1024 * 1024);
    for (char mark : {'a', 'b', 'c', 'd'}) {
        large.back() = mark;
        input.history.push_back({.text = "look", .attachments = {add(std::string(1, mark), large)}});
    }
    input.message = {.text = "and now?"};
    ASSERT_TRUE(platform.run(read_files(&platform.store.attachments(), &input, card)));
    EXPECT_EQ(input.files.size(), 2U);
    EXPECT_TRUE(attached_parts(input, input.history[0]).media.empty());
    EXPECT_EQ(attached_parts(input, input.history[3]).media.size(), 1U);
    const auto prompt = compose(input, 0);
    ASSERT_EQ(prompt.size(), 1U) << "neighbours of one role are one message";
    EXPECT_EQ(parts_of<MediaPart>(prompt[0]).size(), 2U);
}

}  // namespace
}  // namespace boternity::core
