#pragma once

#include "core/ports/attachment_store.hpp"
#include "core/ports/bot_copies.hpp"
#include "core/ports/bot_store.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/event_log.hpp"
#include "core/ports/provider_store.hpp"
#include "core/ports/receipts.hpp"
#include "core/ports/run_claims.hpp"
#include "core/ports/run_journal.hpp"
#include "core/ports/run_records.hpp"
#include "core/ports/session_store.hpp"
#include "core/ports/workspace_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace boternity::testing {

/// What MemoryStore holds, and what each port's operation does to it, at once
/// and without waiting. Each function looks at everything first and changes
/// only when all is well. Threads: one at a time.
class MemoryState {
public:
    explicit MemoryState(const core::Clock& clock) : clock_(clock) {}

    Result<core::Receipt> insert(core::Bot bot, core::Soul soul, core::Events events,
                                 core::Mutation mutation);
    Result<core::Bot> find(const core::BotRef& ref) const;
    Result<Page<core::Bot>> bots(const PageRequest& page) const;
    Result<core::BotUpdated> update(const core::BotRef& ref, const core::DecideBot& decide,
                                    core::Mutation mutation);

    Result<core::SoulAppended> append(BotId bot, const core::DecideSoul& decide, core::Mutation mutation);
    Result<core::Soul> soul(BotId bot, int version) const;
    Result<Page<core::Soul>> souls(BotId bot, const PageRequest& page) const;

    Result<core::Receipt> insert(core::Session session, core::Events events, core::Mutation mutation);
    Result<core::Session> session(SessionId id) const;
    Result<Page<core::Session>> sessions(BotId bot, const PageRequest& page) const;
    Result<Page<core::Message>> messages(SessionId session, const PageRequest& page) const;
    Result<core::Message> message(MessageId id) const;

    Result<core::Receipt> insert(core::Attachment attachment, core::FileBytes bytes, core::Mutation mutation);
    Result<core::Attachment> attachment(AttachmentId id) const;
    Result<core::FileBytes> content(const std::string& hash) const;

    Result<core::TurnBegun> begin(SessionId session, const core::DecideTurn& decide,
                                  core::ReadAhead read_ahead, core::Mutation mutation);
    Result<core::Receipt> begin_fork(RunId original, const core::DecideFork& decide,
                                     const core::Mutation& mutation);
    Result<core::RunInput> input(RunId run, std::size_t history_bytes) const;
    Status append(const core::RunAppend& moved);
    Result<core::Message> end(const core::RunEnd& ended);
    Result<core::Step> decide(const core::Decided& decided, const core::Mutation& mutation);
    Result<core::Run> run(RunId id) const;
    Result<Page<core::Run>> runs(const core::RunFilter& filter, const PageRequest& page) const;
    Result<std::vector<core::Step>> steps(RunId run) const;
    Result<std::vector<core::Run>> tree(RunId run) const;
    Result<std::vector<core::AgentMessage>> inbox(RunId run) const;
    Result<std::vector<core::Run>> claim_unfinished(std::string owner);
    Result<core::Run> reopen(RunId run, Timestamp now, const core::Events& events);
    Status release(const std::string& owner);

    Result<core::WorkspaceFile> file(RunId root, const std::string& path, int version) const;
    std::vector<core::WorkspacePath> files(RunId root) const;
    std::vector<core::WorkspaceEntry> entries(RunId root, const std::string& path) const;

    Result<core::BotCopy> copy(const core::BotRef& ref, const core::CopyExtent& extent) const;
    Result<core::Receipt> insert(core::BotCopy copy, core::Events events, core::Mutation mutation);
    Result<core::Receipt> extend(core::BotCopy copy, core::Events events, core::Mutation mutation);

    Result<core::Receipt> insert(core::ProviderConfig provider, core::Events events, core::Mutation mutation);
    Result<core::Receipt> update(core::ProviderConfig provider, core::Events events, core::Mutation mutation);
    Result<core::Receipt> erase(ProviderId id, core::Events events, core::Mutation mutation);
    std::vector<core::ProviderConfig> providers() const;

    Result<std::optional<core::Receipt>> receipt(const core::Mutation& mutation) const;

    const core::EventRecords& outbox() const noexcept { return outbox_; }
    /// What was announced behind the first `before` events.
    core::EventRecords told(std::size_t before) const;
    core::EventPage events(std::int64_t after, int most) const;

private:
    struct StoredReceipt {
        core::Mutation mutation;
        std::string subject;
        Timestamp at;
    };

    /// Makes a change at most once for its key: answers the receipt there is,
    /// else applies, then notes the subject that `apply` answers and announces
    /// `events` as they are after it.
    Result<core::Receipt> once(const core::Mutation& mutation, const core::Events& events,
                               const std::function<Result<std::string>()>& apply);

    void announce(const core::Events& events);

    /// The position of the message that this one's turn answers.
    int turn_of(const core::Message& message) const;
    const core::Bot* living(BotId id) const;
    Status slug_free(const core::Bot& bot) const;
    Result<core::Run> add_turn(core::Session& session, core::TurnBegin& turn);
    Result<core::Run*> held(RunId run, int attempt);
    Status accepts(const core::AgentMessage& message) const;
    void add(core::AgentMessage message);
    core::SessionCopy copy_of(const core::Session& session) const;
    void add_copies(const core::BotCopy& copy);
    core::Message add_message(core::Session& session, core::Message message);
    /// False when the bot has moved on meanwhile, so that nothing was changed.
    bool move_bot(const core::Bot& wanted);

    const core::Clock& clock_;
    std::map<BotId, core::Bot> bots_;
    std::map<std::pair<BotId, int>, core::Soul> souls_;
    std::map<SessionId, core::Session> sessions_;
    std::map<std::pair<SessionId, int>, core::Message> messages_;
    std::map<MessageId, std::pair<SessionId, int>> places_;
    std::map<AttachmentId, core::Attachment> attachments_;
    std::map<std::string, core::FileBytes> files_;
    std::map<RunId, core::Run> runs_;
    std::map<std::pair<RunId, int>, core::Step> steps_;
    std::map<RunId, std::string> owners_;  ///< of runs that were not given back
    std::string owner_ = "nobody";
    std::map<RunId, std::vector<core::AgentMessage>> agent_messages_;
    std::map<std::pair<RunId, int>, int> taken_;
    std::map<std::pair<RunId, std::string>, std::vector<core::WorkspaceEntry>> workspaces_;
    std::map<ProviderId, core::ProviderConfig> providers_;
    std::map<std::string, StoredReceipt> receipts_;
    core::EventRecords outbox_;
};

}  // namespace boternity::testing
