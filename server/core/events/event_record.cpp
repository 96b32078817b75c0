#include "core/events/event_record.hpp"

namespace boternity::core {
namespace {

template <class T>
bool matches(const std::optional<T>& wanted, const std::optional<T>& there) {
    return !wanted || wanted == there;
}

}  // namespace

EventScope scope_of(const Event& event) {
    return std::visit(
        [](const auto& what) {
            EventScope scope;
            if constexpr (requires { what.bot; }) scope.bot = what.bot;
            if constexpr (requires { what.session; }) scope.session = what.session;
            if constexpr (requires { what.run; }) scope.run = what.run;
            if constexpr (requires { what.root; }) scope.root = what.root;
            return scope;
        },
        event);
}

bool EventFilter::wants(const Event& event) const {
    if (kinds != 0 && (kinds & (EventKinds{1} << event.index())) == 0) return false;
    if (!bot && !session && !run && !root) return true;
    const EventScope scope = scope_of(event);
    return matches(bot, scope.bot) && matches(session, scope.session) && matches(run, scope.run) &&
           matches(root, scope.root);
}

}  // namespace boternity::core
