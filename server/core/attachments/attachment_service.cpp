#include "core/attachments/attachment_service.hpp"

#include "core/attachments/file_type.hpp"
#include "core/runtime/content_hash.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace boternity::core {
namespace {

// Hashed between two turns of the event loop: about a millisecond.
constexpr std::size_t kHashedAtOnce = 1024 * 1024;

/// The hash of many bytes, a piece at a time, so that nobody else waits for all of it.
Task<std::string> hash_of(FileBytes bytes) {
    ContentHasher hasher;
    for (std::string_view rest = *bytes; !rest.empty();) {
        hasher.add(rest.substr(0, kHashedAtOnce));
        rest.remove_prefix(std::min(rest.size(), kHashedAtOnce));
        if (!rest.empty()) co_await asio::post(asio::use_awaitable);
    }
    co_return hasher.finish();
}

Result<AttachmentId> parse_attachment(const std::string& text) {
    if (auto id = AttachmentId::parse(text)) return *id;
    return fail(not_found("There is no attachment of that id."));
}

Error wrong_attachment(std::size_t index, std::string message) {
    return invalid_argument(std::move(message), fmt::format("attachments[{}]", index));
}

}  // namespace

Task<Result<Attachment>> AttachmentService::add(std::string name, std::string bytes, CallContext context) {
    BOT_CO_TRY(type, type_of_file(bytes));
    Attachment attachment{.id = ids_.make<AttachmentId>(),
                          .kind = type.kind,
                          .media_type = std::string(type.media_type),
                          .name = kept_file_name(name, type),
                          .size_bytes = static_cast<std::int64_t>(bytes.size()),
                          .created_at = clock_.now()};
    const FileBytes shared = std::make_shared<const std::string>(std::move(bytes));
    auto hashing = hash_of(shared);
    attachment.hash = co_await std::move(hashing);
    BOT_CO_TRY(receipt, co_await store_.insert(attachment, shared, std::move(context.mutation)));
    if (receipt.outcome == Outcome::Repeated) co_return co_await get(receipt.subject);
    co_return attachment;
}

Task<Result<Attachment>> AttachmentService::get(std::string attachment) {
    BOT_CO_TRY(id, parse_attachment(attachment));
    co_return co_await store_.find(id);
}

Task<Result<AttachedFile>> AttachmentService::file(std::string attachment) {
    BOT_CO_TRY(found, co_await get(std::move(attachment)));
    BOT_CO_TRY(bytes, co_await store_.content(found.hash));
    co_return AttachedFile{.attachment = std::move(found), .bytes = std::move(bytes)};
}

Task<Result<std::vector<Attachment>>> find_attachments(AttachmentStore* store, std::vector<std::string> ids) {
    std::vector<Attachment> found;
    if (ids.size() > kMaxMessageAttachments) {
        co_return fail(invalid_argument(fmt::format("A message has at most {} attachments; this has {}.",
                                                    kMaxMessageAttachments, ids.size()),
                                        "attachments"));
    }
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto id = AttachmentId::parse(ids[i]);
        auto one = Result<Attachment>(fail(not_found("")));
        if (id) one = co_await store->find(*id);
        if (!one && one.error().code != ErrorCode::NotFound) co_return fail(std::move(one).error());
        if (!one) {
            co_return fail(wrong_attachment(
                i,
                "There is no attachment of this id. One that no message named is dropped after a day; send "
                "the file again."));
        }
        if (std::ranges::find(found, one->id, &Attachment::id) != found.end())
            co_return fail(wrong_attachment(i, "This attachment stands in the message twice; name it once."));
        bytes += one->size_bytes;
        found.push_back(*std::move(one));
    }
    if (std::cmp_greater(bytes, kMaxAttachmentBytes)) {
        co_return fail(
            Error{.code = ErrorCode::TooLarge,
                  .message = fmt::format("The attachments of a message have at most {} bytes in all; "
                                         "these have {}. Send some of them in another message.",
                                         kMaxAttachmentBytes, bytes),
                  .field = "attachments"});
    }
    co_return found;
}

}  // namespace boternity::core
