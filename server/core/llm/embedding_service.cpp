#include "core/llm/embedding_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace boternity::core {
namespace {

constexpr std::string_view kLocal = "local/";

// Texts that are asked for at once: how long past its deadline a call may go on.
constexpr std::size_t kTextsAtOnce = 8;

Status check_texts(const std::vector<std::string>& texts) {
    if (texts.empty()) return fail(invalid_argument("There is no text; give at least one.", "texts"));
    if (texts.size() > Embedder::kMostTexts) {
        return fail(
            invalid_argument(fmt::format("These are {} texts, and one call takes {}; send the rest in "
                                         "further calls.",
                                         texts.size(), Embedder::kMostTexts),
                             "texts"));
    }
    if (const auto empty = std::ranges::find(texts, ""); empty != texts.end()) {
        return fail(invalid_argument(
            fmt::format("Text {} of {} is empty and has no meaning to compare; leave it out.",
                        empty - texts.begin() + 1, texts.size()),
            "texts"));
    }
    return {};
}

}  // namespace

Status EmbeddingService::check_model(const std::string& model) const {
    for (const auto& known : models_.models()) {
        if (known.provider + "/" + known.card.name == model && known.card.embeddings) return {};
    }
    if (auto chats = models_.resolve(model); !chats) return fail(std::move(chats).error());
    return fail(invalid_argument(
        fmt::format("{} talks and cannot turn texts into vectors; use {}.", model, kDefaultModel), "model"));
}

Task<Result<EmbeddedTexts>> EmbeddingService::embed(std::string model, std::vector<std::string> texts,
                                                    CallContext context) {
    if (model.empty()) model = kDefaultModel;
    BOT_CO_CHECK(check_texts(texts));
    BOT_CO_CHECK(check_model(model));
    EmbeddedTexts embedded{.model = model};
    embedded.embeddings.reserve(texts.size());
    const std::string name = model.substr(kLocal.size());
    for (std::size_t at = 0; at < texts.size(); at += kTextsAtOnce) {
        if (clock_.steady() >= context.deadline.at) {
            co_return fail(
                ErrorCode::DeadlineExceeded,
                fmt::format("{} of {} texts were done in time; send fewer at once.", at, texts.size()));
        }
        const auto first = texts.begin() + static_cast<std::ptrdiff_t>(at);
        const auto last =
            texts.begin() + static_cast<std::ptrdiff_t>(std::min(at + kTextsAtOnce, texts.size()));
        std::vector<std::string> some(first, last);
        auto making = embedder_.embed(name, std::move(some), context);
        BOT_CO_TRY(made, co_await std::move(making));
        std::ranges::move(made, std::back_inserter(embedded.embeddings));
    }
    co_return embedded;
}

}  // namespace boternity::core
