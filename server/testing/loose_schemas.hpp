#pragma once

#include "core/ports/schemas.hpp"

namespace boternity::testing {

/// Schemas that ask for an object and for the members that "required" names; nothing more. Threads: any.
class LooseSchemas final : public core::Schemas {
public:
    Result<std::shared_ptr<const core::Schema>> compile(std::string_view text) const override;
};

}  // namespace boternity::testing
