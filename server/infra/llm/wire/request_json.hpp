#pragma once

#include "core/llm/model.hpp"
#include "types/result.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

/// What every encoder of requests needs. Pure.
namespace boternity::infra {

boost::json::string json_string(std::string_view text);

/// The strings as a JSON array.
boost::json::array json_strings(const std::vector<std::string>& texts);

/// The JSON Schema of a tool's parameters, `{"type":"object"}` when it states none. InvalidArgument when it
/// is no JSON object.
Result<boost::json::object> parameters_of(const core::ToolOffer& tool);

/// The schema that the answer must have. InvalidArgument when it is no JSON object.
Result<boost::json::object> schema_of(const core::AnswerSchema& schema);

/// A call's arguments for formats that want an object: what is none stands under "arguments", so that the
/// model sees what it wrote.
boost::json::object arguments_of(const core::ToolCall& call);

/// The same as text: a call without arguments is an empty object to every server, an empty string to some
/// only.
std::string_view argument_text(const core::ToolCall& call) noexcept;

/// A result for formats that have no place for a failure but the text.
std::string result_text(const core::ToolResult& result);

/// What an effort is called in most formats: none, low, medium, high.
std::string_view effort_word(core::Effort effort) noexcept;

/// True when a message holds nothing that a model could read: no text, no media, no call.
bool says_nothing(const core::PromptMessage& message);

/// Takes those of `types` from the end of a message's blocks, behind the first `kept`. Reasoning there led to
/// nothing (the answer was cut in its thoughts), and vendors that want it back refuse it alone.
void drop_last(boost::json::array& blocks, std::initializer_list<std::string_view> types,
               std::size_t kept = 0);

/// A message that says nothing is left out, but not the user's: InvalidArgument.
Result<std::vector<const core::PromptMessage*>>
messages_to_send(const std::vector<core::PromptMessage>& messages);

}  // namespace boternity::infra
