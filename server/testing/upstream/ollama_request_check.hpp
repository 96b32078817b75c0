#pragma once

#include "core/llm/model.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <string>
#include <vector>

namespace boternity::testing {

/// What is wrong with a request for an answer in Ollama's format: one sentence a fault.
std::vector<std::string> faults_of_ollama_request(const UpstreamRequest& request);

/// The request in our words, as far as it can be read.
core::ModelRequest read_ollama_request(const UpstreamRequest& request);

}  // namespace boternity::testing
