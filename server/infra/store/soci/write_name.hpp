#pragma once

#include <string_view>
#include <utility>

namespace boternity::infra::store {

/// Every kind of change there is to the database: each has a name, by which a test can end the process right
/// before or right after its commit.
enum class WriteName {
    AddBot,
    ChangeBot,
    AddSoul,
    AddSession,
    AddAttachment,
    AddCopy,
    ExtendCopy,
    AddProvider,
    ChangeProvider,
    RemoveProvider,
    NoteBackup,
    BeginTurn,
    BeginFork,
    AppendRun,
    EndRun,
    DecideStep,
    ClaimRuns,
    ReopenRun,
    ReleaseRuns,
    Probe
};

inline constexpr std::pair<WriteName, std::string_view> kWriteNames[] = {
    {WriteName::AddBot, "add_bot"},
    {WriteName::ChangeBot, "change_bot"},
    {WriteName::AddSoul, "add_soul"},
    {WriteName::AddSession, "add_session"},
    {WriteName::AddAttachment, "add_attachment"},
    {WriteName::AddCopy, "add_copy"},
    {WriteName::ExtendCopy, "extend_copy"},
    {WriteName::AddProvider, "add_provider"},
    {WriteName::ChangeProvider, "change_provider"},
    {WriteName::RemoveProvider, "remove_provider"},
    {WriteName::NoteBackup, "note_backup"},
    {WriteName::BeginTurn, "begin_turn"},
    {WriteName::BeginFork, "begin_fork"},
    {WriteName::AppendRun, "append_run"},
    {WriteName::EndRun, "end_run"},
    {WriteName::DecideStep, "decide_step"},
    {WriteName::ClaimRuns, "claim_runs"},
    {WriteName::ReopenRun, "reopen_run"},
    {WriteName::ReleaseRuns, "release_runs"},
    {WriteName::Probe, "probe"},
};

constexpr std::string_view name_of(WriteName name) noexcept {
    for (const auto& [one, text] : kWriteNames)
        if (one == name) return text;
    return {};
}

}  // namespace boternity::infra::store
