#pragma once

#include "core/llm/content.hpp"
#include "core/llm/model.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
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

std::optional<std::int64_t> whole_number(const boost::json::object& object, std::string_view name);
std::optional<bool> flag_in(const boost::json::object& object, std::string_view name);

/// The body of a request: nothing when it is no JSON object.
std::optional<boost::json::object> body_of(const UpstreamRequest& request);

/// The same, with a fault for a method that is not POST, another content type, another `path` (any, when
/// empty), and a body that is none.
std::optional<boost::json::object> checked_body(const UpstreamRequest& request, std::string_view path,
                                                std::vector<std::string>& faults);

/// Adds the temperature and the strings of the list `stop` to what was asked.
void read_sampling(const boost::json::object& object, std::string_view stop, core::ModelRequest& request);

/// Adds a message; a further result of a tool goes into the message of the first, as ours hold all results of
/// one answer.
void append_message(std::vector<core::PromptMessage>& messages, core::PromptMessage message);

/// The JSON text of a field; empty when there is none.
std::string json_of(const boost::json::object& object, std::string_view name);

/// "none", "minimal" or "low", "medium", "high", in any case; nothing for another word.
std::optional<core::Effort> effort_from(std::string_view word);

/// A fault for each field that the format does not have.
void only_known(const boost::json::object& object, std::initializer_list<std::string_view> known,
                std::string_view where, std::vector<std::string>& faults);

/// Nothing when it is no base64 with padding.
std::optional<std::string> from_base64(std::string_view text);

/// An image or a file that is "data:TYPE;base64,..."; nothing when it cannot be read or is empty.
std::optional<core::MediaPart> media_in_data_url(std::string_view address, core::MediaPart::Kind kind,
                                                 std::string name);

/// What the model says by itself: a story in words, within the limit and up to a stop string.
UpstreamAnswer story_for(const core::ModelRequest& request);

/// The text as a gzip file (RFC 1952) of stored blocks.
std::string gzipped(std::string_view text);

}  // namespace boternity::testing
