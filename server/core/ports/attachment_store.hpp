#pragma once

#include "core/attachments/attachment.hpp"
#include "core/ports/receipts.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <memory>
#include <string>

namespace boternity::core {

/// The bytes of a file. Shared: they are many, and a prompt is composed more than once.
using FileBytes = std::shared_ptr<const std::string>;

/// Files that were given, each once under the hash of its bytes, and the attachments that name them. One that
/// no message names is dropped a day after it was given, and bytes that no attachment names go with it.
///
/// Threads, atomicity and errors as BotStore.
class AttachmentStore {
public:
    virtual ~AttachmentStore() = default;

    /// Keeps a file. Subject: the attachment's id.
    virtual Task<Result<Receipt>> insert(Attachment attachment, FileBytes bytes, Mutation mutation) = 0;

    virtual Task<Result<Attachment>> find(AttachmentId id) = 0;

    /// The bytes with that hash.
    virtual Task<Result<FileBytes>> content(std::string hash) = 0;
};

}  // namespace boternity::core
