#pragma once

#include "core/ports/run_journal.hpp"

#include <utility>

namespace boternity::testing {

/// Begins this very turn, whatever its session and bot are like, and reads nothing along.
inline core::Task<Result<core::TurnBegun>> begin_turn(core::RunJournal& journal, core::TurnBegin turn,
                                                      core::Mutation mutation) {
    const SessionId session = turn.run.session;
    core::DecideTurn decide = [turn = std::move(turn)](const core::TurnGround&) -> Result<core::TurnBegin> {
        return turn;
    };
    return journal.begin(session, std::move(decide), {}, std::move(mutation));
}

}  // namespace boternity::testing
