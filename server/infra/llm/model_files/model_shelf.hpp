#pragma once

#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/model_files/digest.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace boternity::infra::llm {

/// What is noted of a model's file beside it, in NAME.json.
struct ModelNote {
    std::string sha256{};
    std::string license{};
    std::string source{};
    Timestamp added_at{};
};

/// The folder of models that were added: NAME.gguf with NAME.json each. What is not whole yet has a name that
/// begins with a dot.
///
/// Threads  any; all of it blocks.
class ModelShelf {
public:
    explicit ModelShelf(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::filesystem::path file_of(std::string_view name) const;

    /// Where a file grows before it is whole. `key` tells it from others; the folder is made.
    Result<std::filesystem::path> workplace_blocking(std::string_view key) const;

    /// StorageFull unless so many bytes are free, and some more.
    Status check_room_blocking(std::uint64_t bytes) const;

    /// Gives a whole file its place: under its name, with its note, durable. AlreadyExists when there is one.
    Status place_blocking(const std::filesystem::path& from, std::string_view name,
                          const ModelNote& note) const;

    /// Nothing for a file without a note.
    std::optional<ModelNote> note_blocking(std::string_view name) const;

    Status erase_blocking(std::string_view name) const;

    /// Forgets what was left half for more than a week.
    void sweep_blocking() const;

private:
    std::filesystem::path folder_;
};

/// A file that grows in pieces. Threads: one at a time; blocking.
class GrowingFile {
public:
    /// Goes on behind what is there, or begins anew.
    enum class Begin { Behind, Anew };
    static Result<GrowingFile> open_blocking(const std::filesystem::path& path, Begin begin);
    ~GrowingFile();
    GrowingFile(GrowingFile&& other) noexcept;
    GrowingFile& operator=(GrowingFile&& other) noexcept;

    Status append_blocking(std::string_view bytes);
    /// Durable; the last.
    Status finish_blocking();
    std::uint64_t size_bytes() const noexcept { return size_; }

private:
    GrowingFile(int file, std::uint64_t size) : file_(file), size_(size) {}
    int file_ = -1;
    std::uint64_t size_ = 0;
};

/// The digest of a whole file, in hex.
Result<std::string> file_digest_blocking(const std::filesystem::path& path, Digest::Kind kind);

/// Whether a file is a whole model that can chat, and what it says of itself. InvalidArgument with `field`.
Result<LlamaModelFile> checked_model_blocking(const std::filesystem::path& path, std::string name,
                                              std::string_view field, core::Log& log);

}  // namespace boternity::infra::llm
