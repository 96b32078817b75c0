#pragma once

#include "core/ports/attachment_store.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"
#include "core/runtime/context.hpp"

#include <string>
#include <vector>

namespace boternity::core {

/// A file with what is known of it.
struct AttachedFile {
    Attachment attachment{};
    FileBytes bytes{};
};

/// Files that people give to bots: taken, told of, given back.
///
/// Threads  any strand. Errors  NotFound, InvalidArgument, TooLarge, and those of the store.
class AttachmentService {
public:
    AttachmentService(AttachmentStore& store, Clock& clock, Ids& ids)
        : store_(store), clock_(clock), ids_(ids) {}

    /// Keeps a file under `name`, or what is left of it (see kept_file_name).
    Task<Result<Attachment>> add(std::string name, std::string bytes, CallContext context);
    Task<Result<Attachment>> get(std::string attachment);
    Task<Result<AttachedFile>> file(std::string attachment);

private:
    AttachmentStore& store_;
    Clock& clock_;
    Ids& ids_;
};

/// The attachments of a message, in their order. InvalidArgument for one that is not there, for one named
/// twice, for more than kMaxMessageAttachments, and for more than kMaxAttachmentBytes in all.
Task<Result<std::vector<Attachment>>> find_attachments(AttachmentStore* store, std::vector<std::string> ids);

}  // namespace boternity::core
