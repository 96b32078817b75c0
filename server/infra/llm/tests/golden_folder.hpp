#pragma once

#include <string>

namespace boternity::infra {

/// Where the recorded answers of servers are: <case>.sse or <case>.body, and what is expected of it in
/// <case>.json.
std::string golden_folder();

}  // namespace boternity::infra
