#pragma once

#include "core/ports/bot_store.hpp"
#include "core/ports/run_journal.hpp"
#include "core/ports/session_store.hpp"
#include "infra/store/sqlite_store.hpp"
#include "testing/begin_turn.hpp"

#include <string>

namespace boternity::infra {

/// A bot with a soul, a session of it, and turns in that session, with ids that tell which is which.
struct SampleTurns {
    /// `number` makes the ids of one sample differ from those of another.
    explicit SampleTurns(int number);

    core::TurnBegin begin(int turn, std::string text) const;
    core::RunEnd end(int turn, std::string text) const;

    core::Bot bot;
    core::Soul soul;
    core::Session session;

private:
    Uuid id(int kind, int turn) const;

    int number_;
};

/// Adds bot and session.
core::Task<Status> add(SqliteStore& store, SampleTurns sample);

}  // namespace boternity::infra
