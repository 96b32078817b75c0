#include "infra/llm/llama_cpp/model_facts.hpp"

#include <fmt/format.h>
#include <gguf.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace boternity::infra::llm {
namespace {

namespace fs = std::filesystem;

// Magic, version, number of tensors, number of metadata entries.
constexpr std::uintmax_t kGgufHeaderBytes = 24;
constexpr std::string_view kGgufMagic = "GGUF";

struct GgufFree {
    void operator()(gguf_context* context) const noexcept { gguf_free(context); }
};
using Gguf = std::unique_ptr<gguf_context, GgufFree>;

std::string text_in(const gguf_context* gguf, const std::string& key) {
    const auto at = gguf_find_key(gguf, key.c_str());
    if (at < 0 || gguf_get_kv_type(gguf, at) != GGUF_TYPE_STRING) return {};
    return gguf_get_val_str(gguf, at);
}

std::uint64_t number_in(const gguf_context* gguf, const std::string& key) {
    const auto at = gguf_find_key(gguf, key.c_str());
    if (at < 0) return 0;
    switch (gguf_get_kv_type(gguf, at)) {
    case GGUF_TYPE_UINT32: return gguf_get_val_u32(gguf, at);
    case GGUF_TYPE_UINT64: return gguf_get_val_u64(gguf, at);
    default: return 0;  // some models have a list here, one number for each layer
    }
}

/// Where the last tensor ends.
std::uint64_t end_of_tensors(const gguf_context* gguf) {
    std::uint64_t end = 0;
    for (std::int64_t i = 0; i < gguf_get_n_tensors(gguf); ++i)
        end = std::max<std::uint64_t>(end, gguf_get_tensor_offset(gguf, i) + gguf_get_tensor_size(gguf, i));
    return gguf_get_data_offset(gguf) + end;
}

std::uint64_t cache_bytes(const gguf_context* gguf, const std::string& architecture) {
    const auto of = [&](std::string_view what) {
        return number_in(gguf, fmt::format("{}.{}", architecture, what));
    };
    const auto heads = of("attention.head_count");
    if (heads == 0) return 0;
    const auto kv_heads = of("attention.head_count_kv");
    const auto width = of("embedding_length") / heads * (kv_heads == 0 ? heads : kv_heads);
    return of("block_count") * width * 2 * sizeof(std::uint16_t);
}

}  // namespace

std::unexpected<Error> broken_model_file(const fs::path& path, std::string_view why, std::string detail) {
    return fail(ErrorCode::Unavailable,
                fmt::format("The model file {} {}; delete it and run `make setup` to fetch it again.",
                            path.string(), why),
                std::move(detail));
}

Status look_at_model_file(const fs::path& path) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status)) {
        return fail(ErrorCode::Unavailable,
                    fmt::format("The model file {} is missing; run `make setup`, or name another file in the "
                                "configuration.",
                                path.string()),
                    error.message());
    }
    if (!fs::is_regular_file(status)) return broken_model_file(path, "is not a file");
    const auto size = fs::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file) {
        return fail(
            ErrorCode::Unavailable,
            fmt::format("The model file {} cannot be read; give the server's user the right to read it.",
                        path.string()),
            error.message());
    }
    if (size == 0) return broken_model_file(path, "is empty");
    std::array<char, kGgufMagic.size()> magic{};
    file.read(magic.data(), magic.size());
    const std::string_view begin(magic.data(), static_cast<std::size_t>(file.gcount()));
    if (!kGgufMagic.starts_with(begin)) return broken_model_file(path, "is not a GGUF model");
    if (size < kGgufHeaderBytes) return broken_model_file(path, "is cut short");
    return {};
}

Result<ModelFacts> model_facts_blocking(const fs::path& path) {
    BOT_CHECK(look_at_model_file(path));
    const Gguf gguf(gguf_init_from_file(path.c_str(), {.no_alloc = true, .ctx = nullptr}));
    if (!gguf) return broken_model_file(path, "is cut short or damaged", {});
    ModelFacts facts{.architecture = text_in(gguf.get(), "general.architecture"),
                     .title = text_in(gguf.get(), "general.name"),
                     .license = text_in(gguf.get(), "general.license")};
    std::error_code error;
    facts.file_bytes = fs::file_size(path, error);
    if (error) return broken_model_file(path, "cannot be read", error.message());
    if (gguf_get_n_tensors(gguf.get()) == 0) return broken_model_file(path, "holds no weights");
    if (facts.file_bytes < end_of_tensors(gguf.get()))
        return broken_model_file(path, "is cut short or damaged", "weights lie beyond the file bounds");
    facts.trained_window = static_cast<int>(
        std::min<std::uint64_t>(number_in(gguf.get(), facts.architecture + ".context_length"), 10'000'000));
    facts.cache_bytes_a_token = cache_bytes(gguf.get(), facts.architecture);
    facts.has_chat_template = !text_in(gguf.get(), "tokenizer.chat_template").empty();
    return facts;
}

}  // namespace boternity::infra::llm
