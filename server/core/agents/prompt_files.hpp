#pragma once

#include "core/attachments/attachment.hpp"
#include "core/llm/content.hpp"
#include "core/llm/model.hpp"
#include "core/ports/attachment_store.hpp"
#include "core/ports/run_journal.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>
#include <vector>

/// How attached files get into a prompt. Images and documents are parts of their message for models that read
/// them; a text is written into the message, for any model.
namespace boternity::core {

/// InvalidArgument when the model cannot read one of them; `model` is its whole name.
Status check_readable(const std::vector<Attachment>& attachments, std::string_view model,
                      const ModelCard& card);

/// Reads into `input->files` what the model of `card` can read of the conversation's files, the newest first,
/// as many as fit a prompt. `input` and `store` outlive the call. Errors of the store.
Task<Status> read_files(AttachmentStore* store, RunInput* input, ModelCard card);

/// What a message brings before its text.
struct AttachedParts {
    std::vector<MediaPart> media{};
    std::string text{};  ///< of its text files, and what is to be said of files that are not there
};
AttachedParts attached_parts(const RunInput& input, const Message& message);

}  // namespace boternity::core
