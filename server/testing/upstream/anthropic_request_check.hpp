#pragma once

#include "core/llm/model.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <string>
#include <vector>

namespace boternity::testing {

/// What is wrong with a request for an answer in the Messages format: one sentence a fault.
std::vector<std::string> faults_of_anthropic_request(const UpstreamRequest& request);

/// The request in our words, as far as it can be read.
core::ModelRequest read_anthropic_request(const UpstreamRequest& request);

/// The signature that the fake gives a thought, and wants back with it.
std::string signature_of(const std::string& thought);

}  // namespace boternity::testing
