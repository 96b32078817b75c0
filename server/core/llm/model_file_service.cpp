#include "core/llm/model_file_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace boternity::core {
namespace {

constexpr std::string_view kName = "abcdefghijklmnopqrstuvwxyz0123456789._-";
constexpr std::string_view kHex = "0123456789abcdefABCDEF";
constexpr std::size_t kMaxName = 63;
constexpr std::size_t kMaxSource = 4000;
constexpr int kBotsAtOnce = 200;

Status check(const NewModelFile& file, std::string_view field) {
    const bool named = !file.name.empty();
    if (named && (file.name.size() > kMaxName || file.name.find_first_not_of(kName) != std::string::npos ||
                  std::string_view("._-").contains(file.name.front()))) {
        return fail(
            invalid_argument("name must be 1 to 63 lower-case letters, digits, dots, _ and -, and begin "
                             "with a letter or digit.",
                             "name"));
    }
    if (!file.sha256.empty() &&
        (file.sha256.size() != 64 || file.sha256.find_first_not_of(kHex) != std::string::npos)) {
        return fail(invalid_argument("sha256 must be 64 hex digits, as `sha256sum` writes them.", "sha256"));
    }
    if (file.source.empty() || file.source.size() > kMaxSource ||
        std::ranges::any_of(file.source, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
        return fail(invalid_argument(fmt::format("{} must say where the file is, in one line.", field),
                                     std::string(field)));
    }
    return {};
}

}  // namespace

Task<Result<LocalModel>> ModelFileService::add(NewModelFile file, CallContext context) {
    BOT_CO_CHECK(check(file, "path"));
    co_return co_await files_.add(std::move(file), std::move(context));
}

Task<Result<std::unique_ptr<ModelPull>>> ModelFileService::pull(NewModelFile file, CallContext context) {
    BOT_CO_CHECK(check(file, "source"));
    co_return co_await files_.pull(std::move(file), std::move(context));
}

Task<Result<LocalModel>> ModelFileService::find(std::string name, CallContext context) {
    co_return co_await files_.find(std::move(name), std::move(context));
}

/// The slug of a bot that has the model; empty when none has.
Task<Result<std::string>> ModelFileService::bot_with(std::string model) {
    PageRequest request{.size = kBotsAtOnce, .token = {}};
    do {
        BOT_CO_TRY(page, co_await bots_.list(request));
        const auto found = std::ranges::find(page.items, model, &Bot::model);
        if (found != page.items.end()) co_return std::move(found->slug);
        request.token = std::move(page.next_token);
    } while (!request.token.empty());
    co_return std::string();
}

Task<Status> ModelFileService::remove(std::string name, bool force, CallContext context) {
    auto finding = files_.find(name, context);
    BOT_CO_TRY(there, co_await std::move(finding));
    const std::string model = "local/" + there.name;
    if (!force && model == default_model_) {
        co_return fail(
            ErrorCode::WrongState,
            fmt::format("{} is what new bots get; name another as models.default first, or force it.",
                        model));
    }
    if (!force) {
        BOT_CO_TRY(bot, co_await bot_with(model));
        if (!bot.empty()) {
            co_return fail(
                ErrorCode::WrongState,
                fmt::format("The bot {} has {}; give it another model first, or force it.", bot, model));
        }
    }
    co_return co_await files_.remove(std::move(name), std::move(context));
}

}  // namespace boternity::core
