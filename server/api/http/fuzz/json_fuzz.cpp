// JSON that is taken becomes a message, and its JSON is taken again and becomes the same message.
#include "api/http/json_to_message.hpp"
#include "api/http/message_to_json.hpp"
#include "api/http/strict_json.hpp"
#include "boternity/v1/bots.pb.h"

#include <google/protobuf/util/message_differencer.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace boternity;
    const auto value = api::parse_strict_json({reinterpret_cast<const char*>(data), size});
    if (!value || !value->is_object()) return 0;
    v1::Bot bot;
    if (!api::json_to_message(value->get_object(), bot)) return 0;
    const auto again = api::parse_strict_json(api::message_to_json(bot));
    if (!again) std::abort();
    v1::Bot copy;
    if (!api::json_to_message(again->get_object(), copy)) std::abort();
    if (!google::protobuf::util::MessageDifferencer::Equals(bot, copy)) std::abort();
    return 0;
}
