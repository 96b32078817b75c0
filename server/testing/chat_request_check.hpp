#pragma once

#include "core/llm/model.hpp"
#include "testing/fake_upstream.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace boternity::testing {

/// What is wrong with a request to POST /v1/chat/completions: nothing, or one sentence a fault. Stricter than
/// the format where laxness hides mistakes of ours.
std::vector<std::string> faults_of_chat_request(const UpstreamRequest& request, const UpstreamRules& rules);

/// The request in our words, as far as it can be read.
core::ModelRequest read_chat_request(const boost::json::object& body);

}  // namespace boternity::testing
