#include "infra/store/soci/event_row.hpp"

#include "core/events/event_record.hpp"
#include "infra/store/soci/conversions.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <concepts>
#include <type_traits>
#include <utility>
#include <variant>

namespace boternity::infra::store {
namespace {

namespace json = boost::json;
using namespace core;

// What each event's body holds besides the ids that have columns, said once for both directions: `io` writes
// or reads one member.

void members(auto& io, auto& event, std::type_identity<BotCreated>) {
    io("slug", event.slug);
}

void members(auto&, auto&, std::type_identity<BotChanged>) {}

void members(auto& io, auto& event, std::type_identity<BotStateChanged>) {
    io("from", event.from);
    io("to", event.to);
}

void members(auto& io, auto& event, std::type_identity<SoulVersionMade>) {
    io("version", event.version);
    io("hash", event.hash);
}

void members(auto&, auto&, std::type_identity<SessionCreated>) {}

void members(auto& io, auto& event, std::type_identity<RunQueued>) {
    io("root", event.root);
    io("parent", event.parent);
}

void members(auto& io, auto& event, std::type_identity<StepMoved>) {
    io("root", event.root);
    io("position", event.position);
    io("kind", event.kind);
    io("state", event.state);
    io("name", event.name);
}

void members(auto& io, auto& event, std::type_identity<DecisionAsked>) {
    io("root", event.root);
    io("step", event.step);
    io("question", event.question);
}

void members(auto& io, auto& event, std::type_identity<DecisionMade>) {
    io("root", event.root);
    io("step", event.step);
}

void members(auto& io, auto& event, std::type_identity<RunResumed>) {
    io("root", event.root);
}

void members(auto& io, auto& event, std::type_identity<RunEnded>) {
    io("root", event.root);
    io("state", event.state);
}

template <class T>
    requires std::same_as<T, ProviderAdded> || std::same_as<T, ProviderChanged> ||
             std::same_as<T, ProviderRemoved>
void members(auto& io, auto& event, std::type_identity<T>) {
    io("name", event.name);
}

/// The types as the outbox names them, in the order of `Event`.
constexpr std::array<std::string_view, std::variant_size_v<Event>> kTypes{
    "bot.created", "bot.changed",    "bot.state_changed", "soul.version_made", "session.created",
    "run.queued",  "run.step",       "decision.asked",    "decision.made",     "run.resumed",
    "run.ended",   "provider.added", "provider.changed",  "provider.removed"};

template <class T>
concept Named = std::is_enum_v<T>;

class Writing {
public:
    void operator()(std::string_view name, const std::string& value) {
        if (!value.empty()) body_[name] = value;
    }
    void operator()(std::string_view name, int value) { body_[name] = value; }
    void operator()(std::string_view name, Named auto value) { body_[name] = name_of(value); }
    template <class Tag>
    void operator()(std::string_view name, const Id<Tag>& value) {
        body_[name] = value.text();
    }
    template <class Tag>
    void operator()(std::string_view name, const std::optional<Id<Tag>>& value) {
        if (value) body_[name] = value->text();
    }
    std::string text() const { return json::serialize(body_); }

private:
    json::object body_;
};

class Reading {
public:
    explicit Reading(const json::object& body) : body_(body) {}

    void operator()(std::string_view name, std::string& value) { value = std::string(text(name)); }
    void operator()(std::string_view name, int& value) {
        const auto* found = body_.if_contains(name);
        json::error_code error;
        if (found != nullptr) value = found->to_number<int>(error);
        sound_ = sound_ && found != nullptr && !error;
    }
    template <Named T>
    void operator()(std::string_view name, T& value) {
        keep(parse_name(text(name), T{}), value);
    }
    template <class Tag>
    void operator()(std::string_view name, Id<Tag>& value) {
        keep(Id<Tag>::parse(text(name)), value);
    }
    template <class Tag>
    void operator()(std::string_view name, std::optional<Id<Tag>>& value) {
        if (body_.contains(name)) keep(Id<Tag>::parse(text(name)), value.emplace());
    }
    bool sound() const noexcept { return sound_; }

private:
    std::string_view text(std::string_view name) const {
        const auto* found = body_.if_contains(name);
        return found != nullptr && found->is_string() ? std::string_view(found->get_string())
                                                      : std::string_view{};
    }
    template <class T>
    void keep(const std::optional<T>& found, T& value) {
        if (found) value = *found;
        sound_ = sound_ && found.has_value();
    }

    const json::object& body_;
    bool sound_ = true;
};

/// An id that has a column.
template <class T>
bool keep_column(const std::optional<T>& column, T& value) {
    if (column) value = *column;
    return column.has_value();
}

template <class T>
std::optional<Event> read_as(const EventRow& row, const json::object& body) {
    T event;
    Reading reading(body);
    members(reading, event, std::type_identity<T>{});
    bool sound = reading.sound();
    if constexpr (requires { event.bot; }) sound = keep_column(row.bot, event.bot) && sound;
    if constexpr (requires { event.session; }) sound = keep_column(row.session, event.session) && sound;
    if constexpr (requires { event.run; }) sound = keep_column(row.run, event.run) && sound;
    return sound ? std::optional<Event>(std::move(event)) : std::nullopt;
}

template <std::size_t... Index>
std::optional<Event> read_any(std::size_t type, const EventRow& row, const json::object& body,
                              std::index_sequence<Index...>) {
    using Read = std::optional<Event> (*)(const EventRow&, const json::object&);
    constexpr std::array<Read, sizeof...(Index)> kReads{
        &read_as<std::variant_alternative_t<Index, Event>>...};
    return kReads[type](row, body);
}

std::string subject_of(const Event& event) {
    const EventScope scope = scope_of(event);
    if (scope.run) return scope.run->text();
    if (scope.session) return scope.session->text();
    if (scope.bot) return scope.bot->text();
    return std::visit(
        [](const auto& what) -> std::string {
            if constexpr (requires { what.name; }) return what.name;
            return {};
        },
        event);
}

}  // namespace

EventRow row_of(const Event& event) {
    const EventScope scope = scope_of(event);
    Writing writing;
    std::visit([&writing]<class T>(const T& what) { members(writing, what, std::type_identity<T>{}); },
               event);
    return {.type = std::string(kTypes[event.index()]),
            .subject = subject_of(event),
            .bot = scope.bot,
            .session = scope.session,
            .run = scope.run,
            .body = writing.text()};
}

Result<Event> event_from_row(const EventRow& row) {
    const auto broken = [&] {
        return fail(internal_error("an event of the outbox is not what was written: " + row.type));
    };
    const auto found = std::ranges::find(kTypes, row.type);
    json::error_code error;
    const auto body = json::parse(row.body, error);
    if (found == kTypes.end() || error || !body.is_object()) return broken();
    const auto type = static_cast<std::size_t>(found - kTypes.begin());
    auto event =
        read_any(type, row, body.get_object(), std::make_index_sequence<std::variant_size_v<Event>>{});
    if (!event) return broken();
    return std::move(*event);
}

}  // namespace boternity::infra::store
