#include "cli/commands.hpp"
#include "cli/json_fields.hpp"
#include "cli/safe_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace boternity::cli {
namespace {

namespace json = boost::json;

struct DoctorOptions {
    bool fix = false;
};

std::string_view name_of(core::Severity severity) {
    switch (severity) {
    case core::Severity::Ok: return "ok";
    case core::Severity::Notice: return "notice";
    case core::Severity::Warning: return "warning";
    case core::Severity::Error: return "error";
    }
    return {};
}

json::array findings_here(const LocalWork& local, const std::filesystem::path& data) {
    json::array findings;
    for (const auto& finding : local.look(data)) {
        findings.push_back(json::object{{"check", finding.check},
                                        {"severity", name_of(finding.severity)},
                                        {"what", finding.what},
                                        {"cure", finding.cure},
                                        {"fixable", finding.fixable}});
    }
    return findings;
}

json::object finding_of_server(std::string_view severity, std::string what, std::string_view cure) {
    return {{"check", "server"},
            {"severity", severity},
            {"what", std::move(what)},
            {"cure", cure},
            {"fixable", false}};
}

/// The server knows more: its providers, and its database while it is used. Without one, or when it does not
/// answer, this program looks.
Answer<json::array> all_findings(Invocation& invocation, const LocalWork& local,
                                 const std::filesystem::path& data) {
    const auto& hints = invocation.globals.hints;
    const bool named = !hints.server.empty() || invocation.platform().env("BOTERNITY_SERVER");
    const auto found = find_server(hints, invocation.platform().env);
    if (!found && !named && found.error().exit == ExitCode::NoServer) {
        auto findings = findings_here(local, data);
        findings.push_back(
            finding_of_server("notice", "No server runs with this data folder, so no provider was asked.",
                              "Start one with `boternity serve` and ask again."));
        return findings;
    }
    // Providers that do not answer take half a minute together.
    invocation.globals.timeout_seconds = std::max(invocation.globals.timeout_seconds, 60.0);
    auto answer = invocation.server().call({.path = "/api/v1/system/checks"});
    if (!answer && !named && found && answer.error().code == "no_server") {
        auto findings = findings_here(local, data);
        findings.push_back(finding_of_server(
            "error",
            fmt::format("A server holds the data folder and does not answer at {}.", found->base_url),
            "End its process and start it again; its log says why."));
        return findings;
    }
    if (!answer) return std::unexpected(std::move(answer).error());
    auto findings = array_field(*answer, "findings");
    if (found)
        findings.push_back(finding_of_server("ok", fmt::format("It answers at {}.", found->base_url), ""));
    return findings;
}

std::string_view colour_of(const Output& out, std::string_view severity) {
    if (severity == "ok") return out.green();
    return severity == "notice" ? out.dim() : out.red();
}

void show(Output& out, const json::array& findings) {
    for (const auto& value : findings) {
        if (!value.is_object()) continue;
        const auto& finding = value.get_object();
        const std::string severity = text_field(finding, "severity");
        out.line(fmt::format("{}{:<8}{} {}: {}", colour_of(out, severity), severity, out.reset(),
                             safe_line(text_field(finding, "check")),
                             safe_line(text_field(finding, "what"))));
        const std::string cure = text_field(finding, "cure");
        if (cure.empty()) continue;
        const std::string_view fixable =
            true_field(finding, "fixable") ? " (`boternity doctor --fix` does it.)" : "";
        out.line(fmt::format("         {}{}", safe_line(cure), fixable));
    }
}

bool needs_a_person(const json::array& findings) {
    for (const auto& value : findings) {
        if (!value.is_object()) continue;
        const std::string severity = text_field(value.get_object(), "severity");
        if (severity == "warning" || severity == "error") return true;
    }
    return false;
}

Answer<ExitCode> examine(Invocation& invocation, const DoctorOptions& options, const LocalWork& local) {
    const auto data = data_folder(invocation.globals.hints, invocation.platform().env);
    auto& out = invocation.out();
    json::array fixed;
    if (options.fix) {
        for (const auto& sentence : local.fix(data)) fixed.emplace_back(sentence);
    }
    BOT_TRY(findings, all_findings(invocation, local, data));
    if (out.json()) {
        out.json_document(json::object{{"findings", findings}, {"fixed", fixed}});
    } else {
        for (const auto& sentence : fixed)
            out.line(fmt::format("fixed    {}", safe_line(sentence.get_string().c_str())));
        show(out, findings);
    }
    return needs_a_person(findings) ? ExitCode::Failed : ExitCode::Ok;
}

}  // namespace

void add_doctor_command(CLI::App& app, Invocation& invocation, const LocalWork& local) {
    auto options = std::make_shared<DoctorOptions>();
    auto* command = add_command(app, "doctor",
                                "Looks at data, disk, models, providers, clock and more, and says what to do",
                                {"boternity doctor", "boternity doctor --fix", "boternity doctor --json"});
    command->add_flag("--fix", options->fix, "Do what is safe to do without asking, and say each thing");
    on_call(command, invocation, options,
            [&local](Invocation& call, const DoctorOptions& given) { return examine(call, given, local); });
}

}  // namespace boternity::cli
