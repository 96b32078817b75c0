#pragma once

#include "core/llm/model.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <boost/json/object.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the fake wires share.
namespace boternity::testing {

/// A JSON string of any bytes, also of half a character.
std::string json_text(std::string_view bytes);

/// The text in parts of that many bytes, at the ends of characters unless told otherwise.
std::vector<std::string_view> cut(std::string_view text, std::size_t bytes, bool inside_characters);

/// Looks that do not fail: what is absent or of another type is empty or null.
std::string text_in(const boost::json::object& object, std::string_view name);
const boost::json::array* list_in(const boost::json::object& object, std::string_view name);
const boost::json::object* object_in(const boost::json::object& object, std::string_view name);

/// The JSON text of a field; empty when there is none.
std::string json_of(const boost::json::object& object, std::string_view name);

/// "none", "minimal" or "low", "medium", "high", in any case; nothing for another word.
std::optional<core::Effort> effort_from(std::string_view word);

/// A fault for each field that the format does not have.
void only_known(const boost::json::object& object, std::initializer_list<std::string_view> known,
                std::string_view where, std::vector<std::string>& faults);

/// Nothing when it is no base64 with padding.
std::optional<std::string> from_base64(std::string_view text);

/// What the model says by itself: a story in words, within the limit and up to a stop string.
UpstreamAnswer story_for(const core::ModelRequest& request);

/// The text as a gzip file (RFC 1952) of stored blocks.
std::string gzipped(std::string_view text);

}  // namespace boternity::testing
