#pragma once

#include "core/llm/model.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <string>
#include <vector>

namespace boternity::testing {

/// What is wrong with a request for an answer in Gemini's format: one sentence a fault.
std::vector<std::string> faults_of_google_request(const UpstreamRequest& request);

/// The request in our words, as far as it can be read.
core::ModelRequest read_google_request(const UpstreamRequest& request);

/// The signature that the fake gives a part, and wants back on it.
std::string google_signature_of(const std::string& content);

}  // namespace boternity::testing
