#pragma once

#include "core/llm/model.hpp"
#include "core/ports/attachment_store.hpp"
#include "core/runs/run.hpp"
#include "core/runs/step.hpp"
#include "core/sessions/session.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace boternity::core {

/// What a run's prompts are made of, read in one state of the store.
struct RunInput {
    Run run{};
    std::string soul{};  ///< the text of the run's soul version; of an agent: its instructions
    Message message{};   ///< the one that is answered; of an agent: its task
    /// What was said in the turns before it, turn by turn: the newest that fit the wanted bytes of text.
    std::vector<Message> history{};
    int history_total = 0;  ///< how many were said in those turns in all
    /// The attached files that the model is to be given, by their hash. Not read by the records.
    std::map<std::string, FileBytes, std::less<>> files{};
    std::vector<ToolOffer> offers{};    ///< the tools it may use. Not read by the records
    std::vector<Step> steps{};          ///< what was done and intended so far
    std::vector<AgentMessage> inbox{};  ///< what no step has taken yet
};

/// Of an agent: its brief says all but its steps and its inbox.
RunInput input_of_agent(Run run);

}  // namespace boternity::core
