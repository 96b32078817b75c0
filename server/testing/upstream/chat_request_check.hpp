#pragma once

#include "core/llm/model.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <string>
#include <vector>

namespace boternity::testing {

/// What is wrong with a request to POST /v1/chat/completions: nothing, or one sentence a fault. Stricter than
/// the format where laxness hides mistakes of ours.
std::vector<std::string> faults_of_chat_request(const UpstreamRequest& request);

/// The request in our words, as far as it can be read.
core::ModelRequest read_chat_request(const UpstreamRequest& request);

}  // namespace boternity::testing
