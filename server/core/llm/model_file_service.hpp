#pragma once

#include "core/ports/bot_store.hpp"
#include "core/ports/model_files.hpp"

#include <functional>
#include <string>

namespace boternity::core {

/// Models that run in this process, added and removed while it serves: the rules around their files.
///
/// Threads and errors as ModelFiles; WrongState for one that is in use.
class ModelFileService {
public:
    /// `default_model` is what new bots get, PROVIDER/MODEL.
    ModelFileService(ModelFiles& files, BotStore& bots, std::string default_model)
        : files_(files), bots_(bots), default_model_(std::move(default_model)) {}

    Task<Result<LocalModel>> add(NewModelFile file, CallContext context);
    Task<Result<std::unique_ptr<ModelPull>>> pull(NewModelFile file, CallContext context);
    Task<Result<LocalModel>> find(std::string name, CallContext context);

    /// With `force` also when a bot has it or it is the default.
    Task<Status> remove(std::string name, bool force, CallContext context);

private:
    Task<Result<std::string>> bot_with(std::string model);

    ModelFiles& files_;
    BotStore& bots_;
    std::string default_model_;
};

}  // namespace boternity::core
