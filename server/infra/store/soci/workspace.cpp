#include "infra/store/soci/workspace.hpp"

#include <limits>

namespace boternity::infra::store {
namespace {

using core::WorkspaceChange;

int newest_version(Change change, const core::WorkspaceEntry& entry) {
    int newest = 0;
    change.db
        .query(
            "SELECT COALESCE(MAX(version), 0) FROM workspace_entries WHERE root_run = :root AND path = :path")
        .with(entry.root)
        .with(entry.path)
        .into(newest)
        .next();
    return newest;
}

/// The entries that make up what a path held at a version: the newest Write and what was appended to it.
std::vector<core::WorkspaceEntry> load_entries(Change change, RunId root, const std::string& path,
                                               int until) {
    core::WorkspaceEntry entry;
    std::vector<core::WorkspaceEntry> entries;
    Query query = change.db.query(
        "SELECT root_run, path, version, change, base, author_run, written_at, body FROM workspace_entries"
        " WHERE root_run = :root AND path = :path AND version <= :until ORDER BY version");
    query.with(root).with(path).with(until);
    query.into(entry.root).into(entry.path).into(entry.version).into(entry.change).into(entry.base);
    query.into(entry.author).into(entry.written_at).into(entry.text);
    while (query.next()) entries.push_back(entry);
    return entries;
}

Result<core::WorkspaceFile> read_file(Change change, RunId root, const std::string& path, int version) {
    const int until = version == 0 ? std::numeric_limits<int>::max() : version;
    const auto entries = load_entries(change, root, path, until);
    if (entries.empty() || (version != 0 && entries.back().version != version)) {
        return fail(not_found("There is no such file in the workspace; list it to see what is there."));
    }
    core::WorkspaceFile file{
        .path = path, .version = entries.back().version, .author = entries.back().author};
    for (const auto& entry : entries) {
        if (entry.change == WorkspaceChange::Write) file.text.clear();
        file.text += entry.text;
    }
    return file;
}

std::vector<core::WorkspacePath> list_paths(Change change, RunId root) {
    core::WorkspacePath row;
    WorkspaceChange kind = WorkspaceChange::Write;
    long long bytes = 0;
    std::vector<core::WorkspacePath> paths;
    Query query = change.db.query(
        "SELECT path, version, change, size_bytes, author_run, written_at FROM workspace_entries"
        " WHERE root_run = :root ORDER BY path, version");
    query.with(root).into(row.path).into(row.version).into(kind).into(bytes).into(row.author);
    query.into(row.written_at);
    while (query.next()) {
        const bool follows = !paths.empty() && paths.back().path == row.path;
        row.bytes = static_cast<std::size_t>(bytes);
        if (follows && kind == WorkspaceChange::Append) row.bytes += paths.back().bytes;
        if (follows) paths.pop_back();
        paths.push_back(row);
    }
    return paths;
}

}  // namespace

void copy_workspace(Change change, RunId from, RunId to, Timestamp until) {
    change.db
        .query("INSERT INTO workspace_entries (root_run, path, version, change, base, author_run, size_bytes,"
               " written_at, body) SELECT :to, path, version, change, base, author_run, size_bytes,"
               " written_at, body FROM workspace_entries WHERE root_run = :from AND written_at <= :until")
        .with(to)
        .with(from)
        .with(until)
        .run();
}

Status add_workspace_entry(Change change, const core::WorkspaceEntry& entry) {
    const int newest = newest_version(change, entry);
    if (entry.change == WorkspaceChange::Write && entry.base != newest)
        return fail(ErrorCode::StaleEtag, "The file was changed meanwhile.");
    const int version = newest + 1;
    const auto size = static_cast<long long>(entry.text.size());
    change.db
        .query(
            "INSERT INTO workspace_entries (root_run, path, version, change, base, author_run, size_bytes,"
            " written_at, body) VALUES (:root, :path, :version, :change, :base, :author, :size, :at, :body)")
        .with(entry.root)
        .with(entry.path)
        .with(version)
        .with(entry.change)
        .with(entry.base)
        .with(entry.author)
        .with(size)
        .with(entry.written_at)
        .with(entry.text)
        .run();
    return {};
}

core::Task<Result<core::WorkspaceFile>> SociWorkspaceStore::read(RunId root, std::string path, int version) {
    return transactions_.read<core::WorkspaceFile>(
        [=](Change change) { return read_file(change, root, path, version); });
}

core::Task<Result<std::vector<core::WorkspacePath>>> SociWorkspaceStore::list(RunId root) {
    return transactions_.read<std::vector<core::WorkspacePath>>(
        [=](Change change) -> Result<std::vector<core::WorkspacePath>> { return list_paths(change, root); });
}

core::Task<Result<std::vector<core::WorkspaceEntry>>> SociWorkspaceStore::entries(RunId root,
                                                                                  std::string path) {
    return transactions_.read<std::vector<core::WorkspaceEntry>>(
        [=](Change change) -> Result<std::vector<core::WorkspaceEntry>> {
            return load_entries(change, root, path, std::numeric_limits<int>::max());
        });
}

}  // namespace boternity::infra::store
