#pragma once

#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "infra/llm/model_files/digest.hpp"
#include "infra/llm/model_files/model_source.hpp"
#include "infra/net/http_client.hpp"
#include "types/result.hpp"

#include <cstdint>
#include <string>

namespace boternity::infra::llm {

/// Where packages are looked up.
struct PackageIndexes {
    std::string pypi{};  ///< of the simple API (PEP 691), e.g. https://pypi.org/simple
    std::string npm{};   ///< e.g. https://registry.npmjs.org
};

/// A package's file as its index tells of it.
struct PackageFile {
    std::string address{};
    std::string file_name{};
    Digest::Kind digest_kind = Digest::Kind::Sha256;
    std::string digest{};         ///< in lower-case hex
    std::int64_t size_bytes = 0;  ///< 0: not told
    std::string license{};        ///< may be empty
};

/// Asks the index where the package is. Of PyPI the wheel for every platform, else any wheel, else the
/// source. InvalidArgument with field "source" when there is no such package or version; UpstreamFailed for
/// an index that cannot be reached or read, or that tells no checksum. `client` outlives the call.
core::Task<Result<PackageFile>> find_package(HttpClient* client, PackageIndexes indexes, ModelSource source,
                                             core::CallContext context);

}  // namespace boternity::infra::llm
