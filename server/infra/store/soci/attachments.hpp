#pragma once

#include "core/ports/attachment_store.hpp"
#include "core/sessions/session.hpp"
#include "infra/store/soci/transactions.hpp"

#include <vector>

namespace boternity::infra::store {

/// The files that came with a message, in their order.
std::vector<core::Attachment> load_attachments_of(Change change, MessageId message);

/// Notes which files came with a message that is stored. NotFound for one that is not there.
Status attach(Change change, const core::Message& message);

/// The bytes with that hash. NotFound when there are none.
Result<core::FileBytes> load_file(Change change, const std::string& hash);

bool has_attachment(Change change, AttachmentId id);

/// Adds an attachment, and its bytes when they are not there yet.
void add_attachment(Change change, const core::Attachment& attachment, const std::string& bytes);

/// Drops attachments that no message has named for a day, and bytes that no attachment names.
void purge_attachments(Change change);

class SociAttachmentStore final : public core::AttachmentStore {
public:
    explicit SociAttachmentStore(Transactions& transactions) : transactions_(transactions) {}

    core::Task<Result<core::Receipt>> insert(core::Attachment attachment, core::FileBytes bytes,
                                             core::Mutation mutation) override;
    core::Task<Result<core::Attachment>> find(AttachmentId id) override;
    core::Task<Result<core::FileBytes>> content(std::string hash) override;

private:
    Transactions& transactions_;
};

}  // namespace boternity::infra::store
