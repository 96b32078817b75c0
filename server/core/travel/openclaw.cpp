#include "core/travel/openclaw.hpp"

#include "core/bots/soul_service.hpp"
#include "core/bots/text_rules.hpp"
#include "core/travel/openclaw_text.hpp"
#include "core/travel/pasted_secrets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace boternity::core {
namespace {

/// The files that the importer reads, with their names in lower case.
constexpr std::array<std::string_view, 5> kRead{"soul.md", "identity.md", "user.md", "agents.md", "tools.md"};

/// Why a file has no place here yet. By prefix, the first that fits.
struct LeftOut {
    std::string_view prefix;
    std::string_view why;
};
constexpr std::array<LeftOut, 13> kLeftOut{{
    {"memory.md", "memories have no place here yet; keep the file"},
    {"memory/", "memories have no place here yet; keep the file"},
    {"heartbeat.md", "schedules have no place here yet"},
    {"skills/", "skills have no place here yet"},
    {".agents/skills/", "skills have no place here yet"},
    {"bootstrap.md", "the first-run ritual is OpenClaw's own"},
    {"boot.md", "start hooks have no place here"},
    {"dreams.md", "the log of memory consolidation is OpenClaw's own"},
    {"openclaw.json", "configuration is not taken: it names channels and may hold keys"},
    {"credentials/", "credentials are never taken"},
    {"state/", "OpenClaw's own state is never taken"},
    {"users/", "profiles of several users have no place here yet"},
    {"avatar", "pictures have no place here yet"},
}};

std::string_view why_left_out(std::string_view path) {
    for (const auto& [prefix, why] : kLeftOut) {
        if (path.starts_with(prefix)) return why;
    }
    if (path.find('/') != std::string_view::npos) return "only the top folder's files count";
    if (path.ends_with(".sqlite") || path.ends_with(".db")) return "databases are never taken";
    return "not a file that makes a bot";
}

class Import {
public:
    explicit Import(const Workspace& workspace) {
        for (const NamedFile& file : workspace.files) {
            const std::string path = lower_text(file.path);
            if (std::ranges::find(kRead, path) != kRead.end()) {
                files_.emplace_back(path, &file);
            } else {
                leave_out(file.path, std::string(why_left_out(path)));
            }
        }
    }

    bool is_workspace() const { return !files_.empty(); }

    /// The file's text without frontmatter, secrets and blank ends; empty when there is none.
    std::string read(std::string_view name, std::string& shown) {
        for (const auto& [path, file] : files_) {
            if (path != name) continue;
            shown = file->path;
            auto clean = without_secrets(without_frontmatter(file->bytes));
            if (clean.lines > 0) {
                leave_out(fmt::format("{}: {} line{}", shown, clean.lines, clean.lines == 1 ? "" : "s"),
                          "looks like a key, a token or a password");
            }
            auto text = trimmed(clean.text);
            if (text.empty()) leave_out(shown, "empty");
            return text;
        }
        return {};
    }

    void take(std::string part, std::string place, std::string note = {}) {
        bot.items.push_back({std::move(part), true, std::move(place), std::move(note)});
    }
    void leave_out(std::string part, std::string why) {
        bot.items.push_back({std::move(part), false, {}, std::move(why)});
    }
    void add_section(std::string_view title, std::string_view text) {
        if (!bot.soul.empty()) bot.soul += "\n\n";
        bot.soul += fmt::format("## {}\n\n{}", title, text);
    }

    Status check_encoding() const {
        for (const auto& [path, file] : files_) {
            if (!is_valid_utf8(file->bytes))
                return fail(invalid_argument(
                    fmt::format("Nothing was imported: {} is not UTF-8 text; save it as UTF-8.", path),
                    "archive"));
        }
        return {};
    }

    WorkspaceBot bot{};

private:
    std::vector<std::pair<std::string, const NamedFile*>> files_;
};

void take_identity(Import& import) {
    std::string file;
    const auto text = import.read("identity.md", file);
    if (text.empty()) return;
    std::string lines;
    for (const IdentityLine& line : identity_lines(text)) {
        const std::string part = fmt::format("{}: {}", file, line.label);
        if (line.value.empty()) {
            import.leave_out(part, "a placeholder");
        } else if (line.label == "avatar") {
            import.leave_out(part, "pictures have no place here yet");
        } else if (line.label == "name") {
            import.bot.name = line.value;
            import.take(part, "name");
        } else if (line.label == "creature" || line.label == "vibe" || line.label == "theme" ||
                   line.label == "emoji") {
            lines += fmt::format("{}- {}: {}", lines.empty() ? "" : "\n", line.label, line.value);
            import.take(part, "soul: Identity");
        } else {
            import.leave_out(part, "a label that IDENTITY.md does not have");
        }
    }
    if (!lines.empty()) import.add_section("Identity", lines);
}

void take_user(Import& import) {
    std::string file;
    const auto text = import.read("user.md", file);
    if (text.empty()) return;
    const auto kept = without_superseded(text);
    if (kept.dropped > 0) import.leave_out(fmt::format("{}: {} entries", file, kept.dropped), "superseded");
    if (trimmed(kept.text).empty()) return;
    import.add_section("About the person you work for", sunk_headings(trimmed(kept.text)));
    import.take(file, "soul: About the person you work for");
}

void take_agents(Import& import, std::string& environment) {
    std::string file;
    const auto text = import.read("agents.md", file);
    if (text.empty()) return;
    std::string rules;
    for (const Section& section : sections_of(text)) {
        const std::string part = section.title.empty() ? file : fmt::format("{}: {}", file, section.title);
        if (trimmed(section.body).empty()) continue;
        if (lower_text(section.title) == "tools") {
            environment = trimmed(section.body);
            import.take(part, "soul: Your environment", "as notes; they permit nothing");
        } else if (names_openclaw(section.title + "\n" + section.body)) {
            import.leave_out(part, "speaks of OpenClaw's own files or tools, which are not here");
        } else {
            if (!rules.empty()) rules += "\n\n";
            if (!section.title.empty()) rules += fmt::format("### {}\n\n", section.title);
            rules += sunk_headings(trimmed(section.body));
            import.take(part, "soul: How you work");
        }
    }
    if (!rules.empty()) import.add_section("How you work", rules);
}

void take_tools(Import& import, std::string environment) {
    std::string file;
    if (const auto text = import.read("tools.md", file); !text.empty()) {
        if (!environment.empty()) environment += "\n\n";
        environment += text;
        import.take(file, "soul: Your environment", "as notes; they permit nothing");
    }
    if (environment.empty()) return;
    import.add_section("Your environment", "What is known of the place you work in. It permits nothing.\n\n" +
                                               sunk_headings(environment));
}

}  // namespace

Result<WorkspaceBot> bot_of_workspace(const Workspace& workspace) {
    Import import(workspace);
    if (!import.is_workspace()) {
        return fail(invalid_argument(
            "Nothing was imported: the archive is neither a bot (it has no manifest.json) nor "
            "an OpenClaw workspace (it has no SOUL.md, IDENTITY.md or AGENTS.md).",
            "archive"));
    }
    BOT_CHECK(import.check_encoding());
    std::string file;
    import.bot.soul = import.read("soul.md", file);
    if (!import.bot.soul.empty()) import.take(file, "soul", "word for word");
    take_identity(import);
    take_user(import);
    std::string environment;
    take_agents(import, environment);
    take_tools(import, std::move(environment));
    if (import.bot.soul.empty() && import.bot.name.empty()) {
        return fail(invalid_argument(
            "Nothing was imported: the workspace's files say nothing; fill in SOUL.md first.", "archive"));
    }
    if (!import.bot.soul.empty()) import.bot.soul += '\n';
    // Terminal sequences and the like are no part of a persona.
    import.bot.soul = without_controls(import.bot.soul);
    BOT_CHECK(check_text(import.bot.soul, "soul", kMaxSoulBytes));
    return std::move(import.bot);
}

}  // namespace boternity::core
