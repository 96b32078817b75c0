#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace boternity::infra {

/// What a setting holds: a text, a whole number, a switch, or a list of texts.
using ConfigValue = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

/// The value as people write it: a list is joined by commas.
std::string value_text(const ConfigValue& value);

/// One setting of the schema.
struct SettingRule {
    std::string key;   ///< "server.listen"
    std::string type;  ///< "text", "number", "switch" or "list"
    std::string description;
    std::string expects;   ///< what is right, in words: "must be ..."
    ConfigValue fallback;  ///< the default
    std::string variable;  ///< of the environment, that overrides the file
    std::string option;    ///< of `boternity serve`, that overrides both; may be empty
    bool reloads = false;  ///< a change takes effect without a restart
};

/// All settings but `providers`, in the order of the schema. Read once from the contract.
const std::vector<SettingRule>& setting_rules();

/// Null when there is none of that key.
const SettingRule* find_rule(std::string_view key);

/// The name that is most like `wrong` of those in `names`, unless none is alike.
std::optional<std::string> nearest_name(std::string_view wrong, const std::vector<std::string>& names);

/// " There is no setting ...; did you mean ...?" for a key that is none, on the command line or in the API.
std::string unknown_key(std::string_view key);

/// A value for the setting from text as people write it. Nothing when the text is no such value; whether it
/// is in bounds is the schema's to say.
std::optional<boost::json::value> read_value(const SettingRule& rule, std::string_view text);

/// From a value that the schema has found right.
ConfigValue to_config_value(const boost::json::value& value);
boost::json::value to_json(const ConfigValue& value);

/// One thing that the schema forbids.
struct SchemaFault {
    std::string key;  ///< the place at fault: "server.listen", "providers[0].key"; of an unknown key, itself
    std::string message;
};

/// Everything in `root` that the schema forbids. No part of a text value is repeated.
std::vector<SchemaFault> check_schema(const boost::json::object& root);

}  // namespace boternity::infra
