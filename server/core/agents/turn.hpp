#pragma once

#include "core/llm/model_directory.hpp"
#include "core/llm/retry.hpp"
#include "core/ports/attachment_store.hpp"
#include "core/ports/bot_store.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"
#include "core/ports/log.hpp"
#include "core/ports/run_journal.hpp"
#include "core/ports/session_store.hpp"
#include "core/runs/live_runs.hpp"
#include "core/runtime/task.hpp"

#include <memory>
#include <optional>
#include <stop_token>

namespace boternity::core {

/// What turns need of the world. All outlive them.
struct TurnPorts {
    BotStore& bots;
    SessionStore& sessions;
    RunJournal& journal;
    Receipts& receipts;
    AttachmentStore& attachments;
    ModelDirectory& models;
    Clock& clock;
    Ids& ids;
    Log& log;
    RetryPolicy retries{};
};

/// Runs one journaled turn to its end: composes the prompt, asks the model, tells the run's readers every
/// delta, and commits the end before it tells them that. A provider that fails before it said a word is asked
/// again, as `retries` says.
///
/// `input` is what its prompt is made of, when that has been read already; else it is read first.
///
/// Runs on the strand of `live`. Cancelled by `live`: what was said is kept and the run ends as cancelled.
/// Stopped by `shutdown`: nothing is written, the run stays unfinished and is taken up at the next start.
/// When the end cannot be committed the readers are told why, and the run stays unfinished likewise.
Task<Status> take_turn(TurnPorts ports, std::shared_ptr<LiveRun> live, std::optional<TurnInput> input,
                       std::stop_token shutdown);

}  // namespace boternity::core
