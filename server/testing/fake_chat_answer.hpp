#pragma once

#include "core/llm/model.hpp"
#include "testing/fake_upstream.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace boternity::testing {

/// The answer as server-sent events, one string each, without [DONE].
std::vector<std::string> chat_events(const UpstreamAnswer& answer);

/// The answer as one JSON object.
std::string chat_body(const UpstreamAnswer& answer);

/// What the model says by itself: a story in words, within the limit and up to a stop string.
UpstreamAnswer story_for(const core::ModelRequest& request);

/// The text as a gzip file (RFC 1952) of stored blocks.
std::string gzipped(std::string_view text);

}  // namespace boternity::testing
