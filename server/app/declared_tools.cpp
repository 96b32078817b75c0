#include "app/declared_tools.hpp"

#include "infra/schemas/schemas.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace boternity::app {
namespace {

constexpr std::array<std::string_view, 12> kBuiltIn{
    "calculate",  "now",          "http.get",       "ask_person",      "agent.spawn",      "agent.send",
    "agent.wait", "agent.cancel", "workspace.read", "workspace.write", "workspace.append", "workspace.list"};

}  // namespace

infra::DeclaredWebhook webhook_of(const infra::DeclaredTool& declared) {
    return {.name = declared.name,
            .description = declared.description,
            .url = declared.url,
            .parameters = declared.parameters,
            .headers = declared.headers,
            .read_only = declared.read_only,
            .idempotent = declared.idempotent,
            .timeout = std::chrono::seconds(declared.timeout_seconds)};
}

Status check_declared_tool(const infra::DeclaredTool& declared) {
    if (std::ranges::find(kBuiltIn, declared.name) != kBuiltIn.end()) {
        return fail(invalid_argument("A tool of this name is built in; choose another name.", "name"));
    }
    BOT_CHECK(infra::check_webhook(webhook_of(declared)));
    if (declared.parameters.empty()) return {};
    const auto schema = infra::make_schemas()->compile(declared.parameters);
    if (!schema) return fail(invalid_argument("parameters: " + schema.error().message, "parameters"));
    return {};
}

}  // namespace boternity::app
