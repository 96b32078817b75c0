#include "testing/upstream/wire_text.hpp"

#include <boost/beast/core/detail/base64.hpp>
#include <boost/crc.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace boternity::testing {

namespace json = boost::json;

namespace {

constexpr std::string_view kStory =
    "The sea is wide and deep and it never rests. Far below the waves live fish that no one has seen, and "
    "above them "
    "ships go from shore to shore. Old people say that it hears every word and keeps it, and young people "
    "laugh and "
    "swim in it until the sun goes down and the lights of the harbour come on one by one.";

bool continues(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

void append_number(std::string& out, std::uint32_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

}  // namespace

std::string json_text(std::string_view bytes) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : bytes) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (code < 0x20) {
            out += "\\u00";
            out += hex[code >> 4];
            out += hex[code & 15];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::vector<std::string_view> cut(std::string_view text, std::size_t bytes, bool inside_characters) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        std::size_t length = std::min(std::max<std::size_t>(bytes, 1), text.size());
        while (!inside_characters && length < text.size() && continues(text[length])) ++length;
        parts.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return parts;
}

std::string text_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string{} : std::string(text->data(), text->size());
}

const json::array* list_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value == nullptr ? nullptr : value->if_array();
}

const json::object* object_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value == nullptr ? nullptr : value->if_object();
}

std::optional<std::int64_t> whole_number(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

std::optional<bool> flag_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

std::optional<json::object> body_of(const UpstreamRequest& request) {
    boost::system::error_code error;
    json::value value = json::parse(request.body, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::optional<json::object> checked_body(const UpstreamRequest& request, std::string_view path,
                                         std::vector<std::string>& faults) {
    if (request.method != "POST") faults.push_back("method " + request.method);
    if (!path.empty() && request.target != path) faults.push_back("path " + request.target);
    if (request.header("content-type") != "application/json")
        faults.push_back("content type " + std::string(request.header("content-type")));
    auto body = body_of(request);
    if (!body) faults.push_back("the body is no JSON object");
    return body;
}

void read_sampling(const json::object& object, std::string_view stop, core::ModelRequest& request) {
    if (const json::value* warmth = object.if_contains("temperature"); warmth && warmth->is_number())
        request.temperature = warmth->to_number<double>();
    const json::array* stops = list_in(object, stop);
    if (stops == nullptr) return;
    for (const json::value& text : *stops)
        if (text.is_string()) request.stop.emplace_back(text.get_string());
}

void append_message(std::vector<core::PromptMessage>& messages, core::PromptMessage message) {
    using Role = core::PromptMessage::Role;
    if (!messages.empty() && message.role == Role::Tool && messages.back().role == Role::Tool)
        messages.back().parts.push_back(std::move(message.parts.front()));
    else
        messages.push_back(std::move(message));
}

std::string json_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value == nullptr ? std::string{} : json::serialize(*value);
}

std::optional<core::Effort> effort_from(std::string_view word) {
    std::string lower(word);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (lower == "none") return core::Effort::None;
    if (lower == "minimal" || lower == "low") return core::Effort::Low;
    if (lower == "medium") return core::Effort::Medium;
    if (lower == "high") return core::Effort::High;
    return std::nullopt;
}

void only_known(const json::object& object, std::initializer_list<std::string_view> known,
                std::string_view where, std::vector<std::string>& faults) {
    for (const auto& field : object) {
        const std::string_view name(field.key().data(), field.key().size());
        if (std::ranges::find(known, name) == known.end()) {
            faults.push_back("unknown field " + std::string(name) + " in " + std::string(where));
        }
    }
}

std::optional<std::string> from_base64(std::string_view text) {
    namespace base64 = boost::beast::detail::base64;
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out(base64::decoded_size(text.size()), '\0');
    const auto [written, read] = base64::decode(out.data(), text.data(), text.size());
    const std::string_view rest = text.substr(read);
    if (rest.find_first_not_of('=') != std::string_view::npos) return std::nullopt;
    out.resize(written);
    return out;
}

std::optional<core::MediaPart> media_in_data_url(std::string_view address, core::MediaPart::Kind kind,
                                                 std::string name) {
    const auto comma = address.find(";base64,");
    if (!address.starts_with("data:") || comma == std::string_view::npos) return std::nullopt;
    auto bytes = from_base64(address.substr(comma + 8));
    if (!bytes || bytes->empty()) return std::nullopt;
    return core::MediaPart{.kind = kind,
                           .media_type = std::string(address.substr(5, comma - 5)),
                           .name = std::move(name),
                           .bytes = std::make_shared<const std::string>(std::move(*bytes))};
}

UpstreamAnswer story_for(const core::ModelRequest& request) {
    UpstreamAnswer answer;
    int tokens = 0;
    std::string_view rest = kStory;
    while (!rest.empty() && tokens < request.max_output_tokens) {
        const std::size_t word = std::min(rest.find(' ', 1), rest.size());
        answer.text += rest.substr(0, word);
        rest.remove_prefix(word);
        ++tokens;
    }
    answer.stop = rest.empty() ? core::StopReason::Stop : core::StopReason::Length;
    for (const auto& stop : request.stop) {
        if (const auto at = answer.text.find(stop); at != std::string::npos) {
            answer.text.resize(at);
            answer.stop = core::StopReason::Stop;
        }
    }
    std::size_t bytes = 0;
    for (const auto& message : request.messages) bytes += message.text().size();
    answer.usage = core::Usage{.input_tokens = static_cast<int>(bytes / 4) + 1, .output_tokens = tokens};
    answer.token_bytes =
        std::max<std::size_t>(answer.text.size() / static_cast<std::size_t>(std::max(tokens, 1)), 1) + 1;
    return answer;
}

std::string gzipped(std::string_view text) {
    std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    for (std::string_view rest = text;;) {
        const auto length = static_cast<std::uint32_t>(std::min<std::size_t>(rest.size(), 65'535));
        out += static_cast<char>(length == rest.size() ? 1 : 0);
        append_number(out, length, 2);
        append_number(out, ~length & 0xffffU, 2);
        out += rest.substr(0, length);
        rest.remove_prefix(length);
        if (rest.empty()) break;
    }
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    append_number(out, crc.checksum(), 4);
    append_number(out, static_cast<std::uint32_t>(text.size()), 4);
    return out;
}

}  // namespace boternity::testing
