#pragma once

#include "core/bots/bot.hpp"
#include "core/runs/run.hpp"
#include "core/runs/step.hpp"
#include "core/runs/workspace.hpp"
#include "core/sessions/session.hpp"
#include "infra/store/soci/settings_json.hpp"
#include "types/error.hpp"
#include "types/id.hpp"
#include "types/time.hpp"

#include <soci/soci.h>

#include <optional>
#include <string>
#include <string_view>

namespace boternity::infra::store {

/// How each enum of the platform is named in the database.
inline std::optional<core::BotState> parse_name(std::string_view name, core::BotState) {
    return core::bot_state_from(name);
}
inline std::optional<core::Role> parse_name(std::string_view name, core::Role) {
    return core::role_from(name);
}
inline std::optional<core::FileKind> parse_name(std::string_view name, core::FileKind) {
    return core::file_kind_from(name);
}
inline std::optional<core::MessageState> parse_name(std::string_view name, core::MessageState) {
    return core::message_state_from(name);
}
inline std::optional<core::RunKind> parse_name(std::string_view name, core::RunKind) {
    return core::run_kind_from(name);
}
inline std::optional<core::RunState> parse_name(std::string_view name, core::RunState) {
    return core::run_state_from(name);
}
inline std::optional<core::StepKind> parse_name(std::string_view name, core::StepKind) {
    return core::step_kind_from(name);
}
inline std::optional<core::StepState> parse_name(std::string_view name, core::StepState) {
    return core::step_state_from(name);
}
inline std::optional<core::AgentMessageKind> parse_name(std::string_view name, core::AgentMessageKind) {
    return core::agent_message_kind_from(name);
}
inline std::optional<core::WorkspaceChange> parse_name(std::string_view name, core::WorkspaceChange) {
    return core::workspace_change_from(name);
}
inline std::optional<core::StopReason> parse_name(std::string_view name, core::StopReason) {
    return core::stop_reason_from(name);
}
inline std::optional<ErrorCode> parse_name(std::string_view name, ErrorCode) {
    return core::error_code_from(name);
}
inline std::string_view name_in_database(ErrorCode code) {
    return code_name(code);
}
template <class Enum>
std::string_view name_in_database(Enum value) {
    return core::name_of(value);
}

template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) { parse_name(std::string_view{}, value); };

}  // namespace boternity::infra::store

/// The platform's types as SOCI carries them.
namespace soci {

template <class Tag>
struct type_conversion<boternity::Id<Tag>> {
    using base_type = std::string;

    static void from_base(const std::string& text, indicator found, boternity::Id<Tag>& id) {
        const auto parsed = found == i_null ? std::nullopt : boternity::Id<Tag>::parse(text);
        if (!parsed) throw soci_error("not an id");
        id = *parsed;
    }
    static void to_base(const boternity::Id<Tag>& id, std::string& text, indicator& found) {
        text = id.text();
        found = i_ok;
    }
};

template <>
struct type_conversion<boternity::Timestamp> {
    using base_type = long long;

    static void from_base(long long micros, indicator found, boternity::Timestamp& at) {
        if (found == i_null) throw soci_error("a time is missing");
        at.micros = micros;
    }
    static void to_base(const boternity::Timestamp& at, long long& micros, indicator& found) {
        micros = at.micros;
        found = i_ok;
    }
};

template <>
struct type_conversion<bool> {
    using base_type = int;

    static void from_base(int number, indicator, bool& value) { value = number != 0; }
    static void to_base(const bool& value, int& number, indicator& found) {
        number = value ? 1 : 0;
        found = i_ok;
    }
};

template <class Enum>
    requires boternity::infra::store::NamedEnum<Enum>
struct type_conversion<Enum> {
    using base_type = std::string;

    static void from_base(const std::string& name, indicator, Enum& value) {
        const auto parsed = boternity::infra::store::parse_name(name, Enum{});
        if (!parsed) throw soci_error("the database holds a name that this version does not know");
        value = *parsed;
    }
    static void to_base(const Enum& value, std::string& name, indicator& found) {
        name = boternity::infra::store::name_in_database(value);
        found = i_ok;
    }
};

template <>
struct type_conversion<boternity::core::BotSettings> {
    using base_type = std::string;

    static void from_base(const std::string& text, indicator, boternity::core::BotSettings& settings) {
        settings = boternity::infra::store::settings_from_json(text);
    }
    static void to_base(const boternity::core::BotSettings& settings, std::string& text, indicator& found) {
        text = boternity::infra::store::settings_to_json(settings);
        found = i_ok;
    }
};

template <>
struct type_conversion<boternity::core::AgentBrief> {
    using base_type = std::string;

    static void from_base(const std::string& text, indicator, boternity::core::AgentBrief& brief) {
        brief = boternity::infra::store::brief_from_json(text);
    }
    static void to_base(const boternity::core::AgentBrief& brief, std::string& text, indicator& found) {
        text = boternity::infra::store::brief_to_json(brief);
        found = i_ok;
    }
};

template <class T>
struct type_conversion<std::optional<T>> {
    using base_type = typename type_conversion<T>::base_type;

    static void from_base(const base_type& in, indicator found, std::optional<T>& value) {
        value.reset();
        if (found != i_null) type_conversion<T>::from_base(in, found, value.emplace());
    }
    static void to_base(const std::optional<T>& value, base_type& out, indicator& found) {
        if (value) {
            type_conversion<T>::to_base(*value, out, found);
        } else {
            found = i_null;
        }
    }
};

}  // namespace soci
