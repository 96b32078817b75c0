// Files that people gave, and the messages that name them.
#include "testing/store_conformance.hpp"

namespace boternity::testing {

int link_store_attachment_cases() {
    return 1;
}

namespace {

core::FileBytes shared(std::string bytes) {
    return std::make_shared<const std::string>(std::move(bytes));
}

/// Every byte there is, many times.
std::string any_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * 31 + i / 256);
    return bytes;
}

}  // namespace

TEST_P(StoreConformance, AFileIsFoundAsItWasGiven) {
    for (const std::size_t size : {1U, 255U, 70'000U, 3'000'000U}) {
        const std::string bytes = any_bytes(size);
        const core::Attachment attachment = add_attachment(bytes);
        EXPECT_EQ(run(rig_->attachments().find(attachment.id)).value(), attachment);
        const auto content = run(rig_->attachments().content(attachment.hash));
        ASSERT_EQ(outcome_of(content), "ok");
        EXPECT_TRUE(**content == bytes) << size;
    }
}

TEST_P(StoreConformance, AFileThatIsNotThereIsNotFound) {
    EXPECT_EQ(outcome_of(run(rig_->attachments().find(ids_.make<AttachmentId>()))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->attachments().content("sha256:00"))), "not_found");
}

TEST_P(StoreConformance, OneFileGivenTwiceIsTwoAttachments) {
    const core::Attachment one = add_attachment("same");
    core::Attachment other = an_attachment("same");
    other.name = "other.png";
    ASSERT_EQ(outcome_of(run(rig_->attachments().insert(other, shared("same"), {}))), "ok");
    EXPECT_EQ(run(rig_->attachments().find(one.id)).value(), one);
    EXPECT_EQ(run(rig_->attachments().find(other.id)).value(), other);
    EXPECT_EQ(outcome_of(run(rig_->attachments().insert(other, shared("same"), {}))), "already_exists");
}

TEST_P(StoreConformance, AFileOfOneKeyIsGivenOnce) {
    const core::Mutation mutation{.key = "k", .operation = "CreateAttachment", .fingerprint = "f"};
    const core::Attachment first = an_attachment("a");
    const auto made = run(rig_->attachments().insert(first, shared("a"), mutation));
    ASSERT_EQ(outcome_of(made), "ok");
    EXPECT_EQ(made->subject, first.id.text());
    const core::Attachment second = an_attachment("a");
    const auto again = run(rig_->attachments().insert(second, shared("a"), mutation));
    ASSERT_EQ(outcome_of(again), "ok");
    EXPECT_EQ(again->outcome, core::Outcome::Repeated);
    EXPECT_EQ(again->subject, first.id.text());
    EXPECT_EQ(outcome_of(run(rig_->attachments().find(second.id))), "not_found");
}

TEST_P(StoreConformance, AMessageHasItsFilesInTheirOrder) {
    const core::Session session = add_session(add_bot("alfa"));
    core::TurnBegin turn = a_turn(session, "look");
    for (const char* bytes : {"z", "a", "m"}) turn.message.attachments.push_back(add_attachment(bytes));
    const auto begun = run(begin(turn));
    ASSERT_EQ(outcome_of(begun), "ok");
    const auto& files = turn.message.attachments;
    EXPECT_EQ(run(rig_->sessions().message(turn.message.id)).value().attachments, files);
    EXPECT_EQ(run(rig_->sessions().messages(session.id, {})).value().items.at(0).attachments, files);
    EXPECT_EQ(run(rig_->records().input(turn.run.id, 1000)).value().message.attachments, files);
    ASSERT_EQ(outcome_of(run(rig_->journal().end(an_end(turn, "nice")))), "ok");

    core::TurnBegin next = a_turn(session, "again");
    next.message.attachments = {files[1]};
    ASSERT_EQ(outcome_of(run(begin(next))), "ok");
    const auto input = run(rig_->records().input(next.run.id, 1000)).value();
    ASSERT_EQ(input.history.size(), 2U);
    EXPECT_EQ(input.history[0].attachments, files);
    EXPECT_TRUE(input.history[1].attachments.empty());
    EXPECT_EQ(input.message.attachments, std::vector{files[1]}) << "two messages may name one file";
}

TEST_P(StoreConformance, AMessageCannotNameAFileThatIsNotThere) {
    const core::Session session = add_session(add_bot("alfa"));
    core::TurnBegin turn = a_turn(session, "look");
    turn.message.attachments = {add_attachment("there"), an_attachment("nowhere")};
    EXPECT_EQ(outcome_of(run(begin(turn))), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->records().find(turn.run.id))), "not_found") << "nothing is begun";
    EXPECT_TRUE(run(rig_->sessions().messages(session.id, {})).value().items.empty());
}

}  // namespace boternity::testing
