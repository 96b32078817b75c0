#pragma once

#include "types/result.hpp"
#include "types/value.hpp"

#include <memory>
#include <string_view>

namespace boternity::core {

/// A JSON Schema (draft 7) ready to judge. Threads: any.
class Schema {
public:
    virtual ~Schema() = default;

    /// The JSON text as a value when it is valid. InvalidArgument, in words that a model can act on: where
    /// the fault is and what is wanted there. TooLarge for a text beyond the bounds of the implementation.
    virtual Result<Value> read(std::string_view json) const = 0;
};

/// Where schemas are made from their text. Threads: any.
class Schemas {
public:
    virtual ~Schemas() = default;

    /// InvalidArgument when the text is no schema. One that refers to other documents is none: nothing is
    /// fetched.
    virtual Result<std::shared_ptr<const Schema>> compile(std::string_view text) const = 0;
};

}  // namespace boternity::core
