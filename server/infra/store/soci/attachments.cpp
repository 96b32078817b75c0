#include "infra/store/soci/attachments.hpp"

#include "infra/store/soci/receipts.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace boternity::infra::store {
namespace {

// How long a file waits for a message that names it.
constexpr std::chrono::microseconds kLifetime = std::chrono::hours(24);

constexpr SqlPiece kColumns(" id, hash, kind, media_type, name, size_bytes, created_at ");

void into_attachment(Query& query, core::Attachment& attachment) {
    query.into(attachment.id).into(attachment.hash).into(attachment.kind).into(attachment.media_type);
    query.into(attachment.name).into(attachment.size_bytes).into(attachment.created_at);
}

std::optional<core::Attachment> load_attachment(Change change, AttachmentId id) {
    core::Attachment attachment;
    Query query = change.db.query(kSql<"SELECT", kColumns, "FROM attachments WHERE id = :id">);
    into_attachment(query.with(id), attachment);
    if (!query.next()) return std::nullopt;
    return attachment;
}

Error no_such_attachment() {
    return not_found("There is no attachment of that id.");
}

void put_file(Change change, const core::Attachment& attachment, const std::string& bytes) {
    int known = 0;
    Query look = change.db.query("SELECT COUNT(*) FROM files WHERE hash = :hash");
    look.with(attachment.hash).into(known).next();
    if (known > 0) return;
    soci::blob body(change.db.session());
    body.write(0, bytes.data(), bytes.size());
    change.db
        .query("INSERT INTO files (hash, size_bytes, created_at, body) VALUES (:hash, :size, :at, :body)")
        .with(attachment.hash)
        .with(attachment.size_bytes)
        .with(change.now)
        .with(body)
        .run();
}

}  // namespace

Result<core::FileBytes> load_file(Change change, const std::string& hash) {
    soci::blob body(change.db.session());
    Query query = change.db.query("SELECT body FROM files WHERE hash = :hash");
    if (!query.with(hash).into(body).next()) return fail(not_found("There is no file of that hash."));
    std::string bytes(body.get_len(), '\0');
    if (!bytes.empty()) body.read(0, bytes.data(), bytes.size());
    return std::make_shared<const std::string>(std::move(bytes));
}

bool has_attachment(Change change, AttachmentId id) {
    return load_attachment(change, id).has_value();
}

std::vector<core::Attachment> load_attachments_of(Change change, MessageId message) {
    core::Attachment attachment;
    std::vector<core::Attachment> rows;
    Query query = change.db.query(kSql<"SELECT", kColumns,
                                       "FROM attachments JOIN message_attachments ON attachment_id = id"
                                       " WHERE message_id = :message ORDER BY place">);
    into_attachment(query.with(message), attachment);
    while (query.next()) rows.push_back(attachment);
    return rows;
}

Status attach(Change change, const core::Message& message) {
    int place = 0;
    for (const core::Attachment& attachment : message.attachments) {
        if (!has_attachment(change, attachment.id)) return fail(no_such_attachment());
        ++place;
        change.db
            .query("INSERT INTO message_attachments (message_id, place, attachment_id)"
                   " VALUES (:message, :place, :attachment)")
            .with(message.id)
            .with(place)
            .with(attachment.id)
            .run();
    }
    return {};
}

void add_attachment(Change change, const core::Attachment& attachment, const std::string& bytes) {
    put_file(change, attachment, bytes);
    change.db
        .query(kSql<"INSERT INTO attachments (", kColumns,
                    ") VALUES (:id, :hash, :kind, :media_type, :name, :size, :at)">)
        .with(attachment.id)
        .with(attachment.hash)
        .with(attachment.kind)
        .with(attachment.media_type)
        .with(attachment.name)
        .with(attachment.size_bytes)
        .with(attachment.created_at)
        .run();
}

void purge_attachments(Change change) {
    const Timestamp oldest{change.now.micros - kLifetime.count()};
    change.db
        .query("DELETE FROM attachments WHERE id IN (SELECT id FROM attachments WHERE created_at < :oldest"
               " AND NOT EXISTS (SELECT 1 FROM message_attachments WHERE attachment_id = id) LIMIT 100)")
        .with(oldest)
        .run();
    change.db.run("DELETE FROM files WHERE hash IN (SELECT hash FROM files WHERE NOT EXISTS"
                  " (SELECT 1 FROM attachments WHERE attachments.hash = files.hash) LIMIT 100)");
}

core::Task<Result<core::Receipt>>
SociAttachmentStore::insert(core::Attachment attachment, core::FileBytes bytes, core::Mutation mutation) {
    return transactions_.write<core::Receipt>(WriteName::AddAttachment, [=](Change change) {
        return once(change, mutation, {}, [&]() -> Result<std::string> {
            if (has_attachment(change, attachment.id))
                return fail(ErrorCode::AlreadyExists, "There is an attachment with this id.");
            add_attachment(change, attachment, *bytes);
            return attachment.id.text();
        });
    });
}

core::Task<Result<core::Attachment>> SociAttachmentStore::find(AttachmentId id) {
    return transactions_.read<core::Attachment>([=](Change change) -> Result<core::Attachment> {
        auto attachment = load_attachment(change, id);
        if (!attachment) return fail(no_such_attachment());
        return *std::move(attachment);
    });
}

core::Task<Result<core::FileBytes>> SociAttachmentStore::content(std::string hash) {
    return transactions_.read<core::FileBytes>(
        [hash = std::move(hash)](Change change) { return load_file(change, hash); });
}

}  // namespace boternity::infra::store
