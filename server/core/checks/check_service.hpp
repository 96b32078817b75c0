#pragma once

#include "core/llm/model_directory.hpp"
#include "core/ports/check.hpp"
#include "core/ports/clock.hpp"
#include "core/runtime/context.hpp"
#include "core/runtime/pool.hpp"
#include "core/runtime/task.hpp"

#include <memory>
#include <vector>

namespace boternity::core {

/// Looks at everything the server stands on: what lies on this machine, and each provider by a live question.
///
/// Threads  any strand. Bound  one run at a time; providers have 5 s each and 30 s together.
/// Errors   Unavailable while another run goes on.
class CheckService {
public:
    CheckService(std::vector<std::unique_ptr<Check>> checks, ModelDirectory& models, Clock& clock);

    Task<Result<std::vector<Finding>>> run(CallContext context);

private:
    Task<Finding> look_at(ProviderConfig provider, CallContext context);
    Result<std::vector<Finding>> run_checks_blocking();

    std::vector<std::unique_ptr<Check>> checks_;
    ModelDirectory& models_;
    Clock& clock_;
    Pool pool_{"checks", 1, 1};
};

}  // namespace boternity::core
