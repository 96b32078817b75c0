#pragma once

#include "testing/upstream/fake_wire.hpp"

#include <string>
#include <vector>

namespace boternity::testing {

/// What an answer becomes on the wire: writes, one after the other.
struct UpstreamWrites {
    std::vector<std::string> before{};  ///< up to where the answer may stand still
    std::vector<std::string> after{};
    bool closes = false;
};

UpstreamWrites writes_of(const UpstreamAnswer& answer, const FakeWire& wire);

}  // namespace boternity::testing
