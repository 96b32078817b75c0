#include "core/agents/workspace_tools.hpp"

#include "core/text/text_merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace boternity::core {
namespace {

using Answer = std::expected<RuntimeAnswer, ToolError>;

Answer refuse(std::string why) {
    return tell_model({.code = ErrorCode::InvalidArgument, .message = std::move(why)});
}

RuntimeAnswer say(std::string text) {
    return {.output = {.text = std::move(text)}};
}

constexpr std::string_view kPathRule =
    "path must be 1 to 200 letters, digits, spaces and ._-/ in parts that are not empty, \".\" or \"..\".";

std::string quoted(std::string_view path) {
    return fmt::format("\"{}\"", path);
}

/// What a tool of the workspace has in common with the others.
class WorkspaceTool : public RuntimeTool {
public:
    WorkspaceTool(WorkspaceStore& store, Clock& clock, ToolCard card)
        : store_(store), clock_(clock), card_(std::move(card)) {}
    const ToolCard& card() const noexcept override { return card_; }

protected:
    /// Nothing when there is no such file.
    Task<Result<std::optional<WorkspaceFile>>> find(RunId root, std::string path, int version) {
        auto reading = store_.read(root, std::move(path), version);
        auto file = co_await std::move(reading);
        if (file) co_return std::optional(std::move(*file));
        if (file.error().code == ErrorCode::NotFound) co_return std::optional<WorkspaceFile>{};
        co_return fail(std::move(file).error());
    }

    /// Why there is no room for so many more bytes in this file, if so.
    Task<Result<std::optional<std::string>>> no_room(RunId root, std::string path, std::size_t more) {
        auto listing = store_.list(root);
        auto paths = co_await std::move(listing);
        if (!paths) co_return fail(std::move(paths).error());
        std::size_t all = more;
        for (const auto& one : *paths) all += one.bytes;
        const bool known = std::ranges::any_of(*paths, [&](const auto& one) { return one.path == path; });
        if (!known && paths->size() >= kMaxWorkspacePaths)
            co_return std::optional(
                fmt::format("The workspace has {} files, which is the most.", paths->size()));
        if (all > kMaxWorkspace)
            co_return std::optional(
                fmt::format("The workspace would have more than {} bytes.", kMaxWorkspace));
        co_return std::optional<std::string>{};
    }

    WorkspaceEntry entry_of(const CallingRun& run, std::string path, WorkspaceChange change,
                            std::string text) {
        return {.root = run.input->run.root,
                .path = std::move(path),
                .change = change,
                .author = run.input->run.id,
                .text = std::move(text),
                .written_at = clock_.now()};
    }

    // NOLINTNEXTLINE(cppcoreguidelines-non-private-member-variables-in-classes): of four small tools here
    WorkspaceStore& store_;
    Clock& clock_;

private:
    ToolCard card_;
};

class ReadTool final : public WorkspaceTool {
public:
    using WorkspaceTool::WorkspaceTool;

    Task<Answer> call(CallingRun run, ToolInvocation invocation, CallContext) override {
        const std::string path = invocation.arguments.text("path");
        if (!is_workspace_path(path)) co_return refuse(std::string(kPathRule));
        const auto version = static_cast<int>(invocation.arguments.integer("version").value_or(0));
        auto finding = find(run.input->run.root, path, version);
        auto file = co_await std::move(finding);
        if (!file) co_return stop_run(std::move(file).error());
        if (!*file) co_return refuse("There is no such file; workspace_list shows what is there.");
        co_return say(fmt::format("{} version {}:\n{}", quoted(path), (*file)->version, (*file)->text));
    }
};

class WriteTool final : public WorkspaceTool {
public:
    using WorkspaceTool::WorkspaceTool;

    Task<Answer> call(CallingRun run, ToolInvocation invocation, CallContext) override {
        const std::string path = invocation.arguments.text("path");
        std::string text = invocation.arguments.text("text");
        if (!is_workspace_path(path)) co_return refuse(std::string(kPathRule));
        if (text.size() > kMaxWorkspaceFile)
            co_return refuse(fmt::format("text is longer than {} bytes.", kMaxWorkspaceFile));
        const RunId root = run.input->run.root;
        auto finding = find(root, path, 0);
        auto newest = co_await std::move(finding);
        if (!newest) co_return stop_run(std::move(newest).error());
        auto looking = no_room(root, path, text.size());
        auto full = co_await std::move(looking);
        if (!full) co_return stop_run(std::move(full).error());
        if (*full) co_return refuse(**full);

        const int base = static_cast<int>(
            invocation.arguments.integer("base_version").value_or(*newest ? (*newest)->version : 0));
        std::string note;
        if (*newest && base != (*newest)->version) {
            std::string before;
            if (base > 0) {
                auto reading = find(root, path, base);
                auto old = co_await std::move(reading);
                if (!old) co_return stop_run(std::move(old).error());
                if (!*old) co_return refuse(fmt::format("There is no version {} of {}.", base, quoted(path)));
                before = std::move((*old)->text);
            }
            auto merge = merge_texts(before, text, (*newest)->text, "yours", "others");
            text = std::move(merge.text);
            note =
                merge.conflicts == 0
                    ? fmt::format(" It was merged with version {}, which others wrote.", (*newest)->version)
                    : fmt::format(" It was merged with version {}; {} places conflict and hold both, between "
                                  "lines of <<<<<<< and >>>>>>>: read it and write it again.",
                                  (*newest)->version, merge.conflicts);
        }
        auto entry = entry_of(run, path, WorkspaceChange::Write, std::move(text));
        entry.base = *newest ? (*newest)->version : 0;
        RuntimeAnswer answer =
            say(fmt::format("{} is version {} now.{}", quoted(path), entry.base + 1, note));
        answer.effects.written.push_back(std::move(entry));
        co_return answer;
    }
};

class AppendTool final : public WorkspaceTool {
public:
    using WorkspaceTool::WorkspaceTool;

    Task<Answer> call(CallingRun run, ToolInvocation invocation, CallContext) override {
        const std::string path = invocation.arguments.text("path");
        std::string text = invocation.arguments.text("text");
        if (!is_workspace_path(path)) co_return refuse(std::string(kPathRule));
        const RunId root = run.input->run.root;
        auto finding = find(root, path, 0);
        auto newest = co_await std::move(finding);
        if (!newest) co_return stop_run(std::move(newest).error());
        const std::size_t before = *newest ? (*newest)->text.size() : 0;
        if (before + text.size() > kMaxWorkspaceFile)
            co_return refuse(fmt::format("The file would be longer than {} bytes.", kMaxWorkspaceFile));
        auto looking = no_room(root, path, text.size());
        auto full = co_await std::move(looking);
        if (!full) co_return stop_run(std::move(full).error());
        if (*full) co_return refuse(**full);
        RuntimeAnswer answer = say(fmt::format("{} bytes were appended to {}.", text.size(), quoted(path)));
        answer.effects.written.push_back(entry_of(run, path, WorkspaceChange::Append, std::move(text)));
        co_return answer;
    }
};

class ListTool final : public WorkspaceTool {
public:
    using WorkspaceTool::WorkspaceTool;

    Task<Answer> call(CallingRun run, ToolInvocation, CallContext) override {
        auto listing = store_.list(run.input->run.root);
        auto paths = co_await std::move(listing);
        if (!paths) co_return stop_run(std::move(paths).error());
        if (paths->empty()) co_return say("The workspace is empty.");
        std::string text;
        for (const auto& one : *paths) {
            text += fmt::format("{} (version {}, {} bytes, written {})\n", quoted(one.path), one.version,
                                one.bytes, one.written_at.text());
        }
        co_return say(std::move(text));
    }
};

constexpr std::string_view kPathProperty =
    R"("path":{"type":"string","minLength":1,"maxLength":200,"description":"As of a file, e.g. notes/plan.md."})";

std::string parameters(std::string_view required, std::string_view properties) {
    return fmt::format(
        R"({{"type":"object","additionalProperties":false,"required":[{}],"properties":{{{}}}}})", required,
        properties);
}

}  // namespace

bool is_workspace_path(std::string_view path) noexcept {
    if (path.empty() || path.size() > 200) return false;
    const auto fits = [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return letter || static_cast<unsigned char>(c) >= 0x80 || std::string_view(" ._-/").contains(c);
    };
    if (!std::ranges::all_of(path, fits)) return false;
    while (true) {
        const auto slash = path.find('/');
        const auto part = path.substr(0, slash);
        if (part.empty() || part == "." || part == "..") return false;
        if (slash == std::string_view::npos) return true;
        path.remove_prefix(slash + 1);
    }
}

std::vector<std::shared_ptr<RuntimeTool>> workspace_tools(WorkspaceStore& store, Clock& clock) {
    const std::string path(kPathProperty);
    const std::string text = path + R"(,"text":{"type":"string"})";
    return {
        std::make_shared<ReadTool>(
            store, clock,
            ToolCard{
                .name = "workspace.read",
                .description = "Reads a file of the workspace that you share with your agents.",
                .parameters = parameters(
                    R"("path")",
                    path +
                        R"(,"version":{"type":"integer","minimum":1,"description":"Left out: the newest."})"),
                .read_only = true,
                .idempotent = true}),
        std::make_shared<WriteTool>(
            store, clock,
            ToolCard{.name = "workspace.write",
                     .description =
                         "Writes a file of the workspace. Older versions stay. Give base_version, the "
                         "version you read, so that what others wrote meanwhile is merged and not "
                         "overwritten.",
                     .parameters = parameters(R"("path","text")",
                                              text + R"(,"base_version":{"type":"integer","minimum":0})"),
                     .idempotent = true}),
        std::make_shared<AppendTool>(
            store, clock,
            ToolCard{.name = "workspace.append",
                     .description = "Appends to a file of the workspace, and makes it when it is not there.",
                     .parameters = parameters(R"("path","text")", text),
                     .idempotent = true}),
        std::make_shared<ListTool>(store, clock,
                                   ToolCard{.name = "workspace.list",
                                            .description = "Lists the files of the workspace.",
                                            .parameters = parameters("", ""),
                                            .read_only = true,
                                            .idempotent = true})};
}

}  // namespace boternity::core
