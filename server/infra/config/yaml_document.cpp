#include "infra/config/document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace boternity::infra {
namespace {

namespace json = boost::json;

struct Refused {
    YAML::Mark at;
    std::string message;
};

/// A scalar without quotes, by YAML 1.2's core schema.
json::value plain_value(const std::string& text) {
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    const char* end = text.data() + text.size();
    std::int64_t number = 0;
    const auto whole = std::from_chars(text.data() + (text.front() == '+' ? 1 : 0), end, number);
    if (whole.ec == std::errc{} && whole.ptr == end) return number;
    double real = 0;
    const auto fraction = std::from_chars(text.data(), end, real);
    const bool digit = text.find_first_of("0123456789") != std::string::npos;
    if (digit && fraction.ec == std::errc{} && fraction.ptr == end) return real;
    return json::string(text);
}

/// Builds the tree from the parser's events, so that an alias is refused before it copies anything.
class TreeBuilder final : public YAML::EventHandler {
public:
    explicit TreeBuilder(ConfigDocument& out) : out_(out) {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { put(nullptr, mark); }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw Refused{mark, "Aliases such as *name are not taken; write the value out"};
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  const std::string& value) override {
        if (!levels_.empty() && levels_.back().is_map && !levels_.back().name)
            return begin_entry(mark, value);
        if (tag != "?" && tag != "!" && !tag.empty()) throw no_tags(mark);
        put(tag == "?" ? plain_value(value) : json::value(json::string(value)), mark);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        push(mark, tag, false);
    }
    void OnSequenceEnd() override { pop(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        push(mark, tag, true);
    }
    void OnMapEnd() override { pop(); }

    json::value take() { return std::move(root_); }

private:
    struct Level {
        bool is_map = false;
        std::string key;  ///< of this list or mapping
        YAML::Mark at{};
        json::object map{};
        json::array list{};
        std::optional<std::string> name{};  ///< of the entry whose value comes next
    };

    static Refused no_tags(const YAML::Mark& mark) {
        return {mark, "Tags such as !!str are not taken; put a text into quotes"};
    }

    void begin_entry(const YAML::Mark& mark, const std::string& name) {
        auto& level = levels_.back();
        if (level.map.contains(name)) {
            throw Refused{mark, "This key stands twice in its mapping; keep one of them"};
        }
        level.name = name;
        note(key_here(), mark);
    }

    std::string key_here() const {
        if (levels_.empty()) return {};
        const auto& level = levels_.back();
        if (!level.is_map) return fmt::format("{}[{}]", level.key, level.list.size());
        return level.key.empty() ? *level.name : fmt::format("{}.{}", level.key, *level.name);
    }

    void note(const std::string& key, const YAML::Mark& mark) {
        if (!key.empty()) {
            // The first mark is the key's, the second the value's.
            const FilePlace at{.line = mark.line + 1, .column = mark.column + 1};
            out_.parts.try_emplace(key, FilePart{.begin = at}).first->second.value = at;
        }
    }

    void push(const YAML::Mark& mark, const std::string& tag, bool is_map) {
        constexpr std::size_t kDeepest = 32;
        if (tag != "?" && tag != "!" && !tag.empty()) throw no_tags(mark);
        if (levels_.size() == kDeepest) throw Refused{mark, "This is nested more than 32 deep; flatten it"};
        if (!levels_.empty() && levels_.back().is_map && !levels_.back().name) {
            throw Refused{mark, "A key is a text, no list or mapping; write a name"};
        }
        note(key_here(), mark);
        Level level{.is_map = is_map, .key = key_here(), .at = mark};
        levels_.push_back(std::move(level));
    }

    void pop() {
        Level done = std::move(levels_.back());
        levels_.pop_back();
        put(done.is_map ? json::value(std::move(done.map)) : json::value(std::move(done.list)), done.at);
    }

    void put(json::value value, const YAML::Mark& mark) {
        note(key_here(), mark);
        if (levels_.empty()) {
            root_ = std::move(value);
        } else if (auto& level = levels_.back(); !level.is_map) {
            level.list.push_back(std::move(value));
        } else if (level.name && value.is_null() && levels_.size() == 1) {
            level.name.reset();  // a section whose lines are all comments is as good as none
        } else if (level.name) {
            level.map[*std::exchange(level.name, std::nullopt)] = std::move(value);
        } else {
            throw Refused{mark, "A key is a text; write a name"};
        }
    }

    ConfigDocument& out_;
    std::vector<Level> levels_;
    json::value root_;
};

std::unexpected<ConfigFaults> refused(const std::string& source, const YAML::Mark& at, std::string message) {
    return std::unexpected(ConfigFaults{{.source = source,
                                         .line = at.is_null() ? 0 : at.line + 1,
                                         .column = at.is_null() ? 0 : at.column + 1,
                                         .key = {},
                                         .message = std::move(message)}});
}

}  // namespace

Checked<ConfigDocument> parse_yaml(std::string_view text, const std::string& source) {
    std::istringstream in{std::string(text)};
    ConfigDocument out;
    try {
        YAML::Parser parser(in);
        TreeBuilder builder(out);
        if (!parser.HandleNextDocument(builder)) return out;  // nothing but comments
        auto root = builder.take();
        if (root.is_null()) return out;
        if (!root.is_object()) {
            return refused(source, {}, "The file must be a mapping of sections, such as `server:`.");
        }
        out.root = std::move(root.get_object());
        ConfigDocument ignored;
        TreeBuilder more(ignored);
        if (parser.HandleNextDocument(more)) {
            return refused(source, {}, "The file holds more than one document; keep the first.");
        }
        return out;
    } catch (const Refused& no) {
        return refused(source, no.at, no.message + ".");
    } catch (const YAML::Exception& error) {
        return refused(source, error.mark, fmt::format("This is no YAML: {}.", error.msg));
    }
}

}  // namespace boternity::infra
