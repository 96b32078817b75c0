#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"

#include <string>
#include <utility>
#include <vector>

namespace boternity::api {
namespace {

using core::CallContext;
using core::Task;

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the service outlives the table
Task<Result<v1::EmbedTextsResponse>> embed(core::EmbeddingService& service, v1::EmbedTextsRequest request,
                                           CallContext context) {
    std::vector<std::string> texts(request.texts().begin(), request.texts().end());
    auto embedding = service.embed(request.model(), std::move(texts), std::move(context));
    BOT_CO_TRY(embedded, co_await std::move(embedding));
    v1::EmbedTextsResponse out;
    out.set_model(embedded.model);
    out.set_dimension(static_cast<int>(embedded.embeddings.front().vector.size()));
    for (const auto& each : embedded.embeddings) {
        auto* told = out.add_embeddings();
        told->mutable_vector()->Assign(each.vector.begin(), each.vector.end());
        told->set_tokens(each.tokens);
        told->set_truncated(each.truncated);
    }
    co_return out;
}

}  // namespace

void add_embedding_methods(MethodTable& table, core::EmbeddingService& embeddings) {
    table.unary<v1::EmbedTextsRequest, v1::EmbedTextsResponse>(
        "boternity.v1.ModelService.EmbedTexts", [&embeddings](auto request, CallContext context) {
            return embed(embeddings, std::move(request), std::move(context));
        });
}

}  // namespace boternity::api
