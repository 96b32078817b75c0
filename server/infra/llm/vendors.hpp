#pragma once

#include "infra/llm/remote/remote_api.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace boternity::infra {

/// Every vendor's API that is spoken over HTTP, in the order in which people read of them: the one list of
/// kinds. Made once; threads: any.
const std::vector<std::shared_ptr<const RemoteApi>>& remote_apis();

/// The one of a kind, null when there is none.
const RemoteApi* remote_api(std::string_view kind);

}  // namespace boternity::infra
