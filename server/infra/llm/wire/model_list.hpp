#pragma once

#include "core/llm/provider.hpp"
#include "types/result.hpp"

#include <boost/json/object.hpp>

#include <vector>

namespace boternity::infra {

/// The list of models as OpenAI and most compatible servers tell it: an object with `data`. Windows are told
/// by some, each in a word of its own. UpstreamFailed when it is none.
Result<std::vector<core::ToldModel>> models_in_list(const boost::json::object& answer);

}  // namespace boternity::infra
