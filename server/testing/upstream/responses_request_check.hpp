#pragma once

#include "core/llm/model.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <string>
#include <vector>

namespace boternity::testing {

/// What is wrong with a request for an answer in the Responses format: one sentence a fault.
std::vector<std::string> faults_of_responses_request(const UpstreamRequest& request);

/// The request in our words, as far as it can be read.
core::ModelRequest read_responses_request(const UpstreamRequest& request);

/// The reasoning item that the fake makes of a thought, and wants back unchanged.
std::string reasoning_item(const std::string& thought);

}  // namespace boternity::testing
