#pragma once

#include "core/ports/clock.hpp"
#include "core/runtime/context.hpp"
#include "core/runtime/pool.hpp"
#include "core/runtime/task.hpp"
#include "infra/llm/model_files/model_shelf.hpp"
#include "infra/net/http_client.hpp"
#include "types/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace boternity::infra::llm {

/// One file that is fetched into a place, going on behind what an earlier fetch left there.
///
/// Redirects are followed five times at most, and never from https to http. `egress` says where it may lead;
/// a redirect away from this machine leads to public hosts only. Threads: the strand of its owner; files are
/// written on `files`.
class Fetching {
public:
    Fetching(HttpClient& http, core::Pool& files, core::Clock& clock, std::string address,
             std::filesystem::path place, Egress egress)
        : http_(http),
          files_(files),
          clock_(clock),
          address_(std::move(address)),
          place_(std::move(place)),
          egress_(egress) {}

    /// Asks for it. InvalidArgument with field "source" when there is none; UpstreamFailed.
    core::Task<Result<bool>> begin(core::CallContext context);

    /// The next second or so of it. False at the end.
    core::Task<Result<bool>> next();

    std::uint64_t done_bytes() const noexcept { return done_; }
    std::uint64_t total_bytes() const noexcept { return total_; }  ///< 0: not told

private:
    core::Task<Result<std::unique_ptr<HttpExchange>>> ask(core::CallContext context, std::uint64_t from);

    HttpClient& http_;
    core::Pool& files_;
    core::Clock& clock_;
    std::string address_;
    std::filesystem::path place_;
    Egress egress_;
    std::unique_ptr<HttpExchange> exchange_;
    std::shared_ptr<GrowingFile> file_;
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
};

}  // namespace boternity::infra::llm
