#include "testing/memory_store.hpp"

#include <variant>

namespace boternity::testing {
namespace {

struct Describe {
    std::string operator()(const core::BotCreated& event) const { return "bot.created " + event.bot.text(); }
    std::string operator()(const core::BotChanged& event) const { return "bot.changed " + event.bot.text(); }
    std::string operator()(const core::BotStateChanged& event) const {
        return "bot.state_changed " + event.bot.text();
    }
    std::string operator()(const core::SoulVersionMade& event) const {
        return "soul.version_made " + event.bot.text();
    }
    std::string operator()(const core::SessionCreated& event) const {
        return "session.created " + event.session.text();
    }
    std::string operator()(const core::RunQueued& event) const { return "run.queued " + event.run.text(); }
    std::string operator()(const core::StepMoved& event) const { return "run.step " + event.run.text(); }
    std::string operator()(const core::DecisionAsked& event) const {
        return "decision.asked " + event.run.text();
    }
    std::string operator()(const core::DecisionMade& event) const {
        return "decision.made " + event.run.text();
    }
    std::string operator()(const core::RunResumed& event) const { return "run.resumed " + event.run.text(); }
    std::string operator()(const core::RunEnded& event) const { return "run.ended " + event.run.text(); }
    std::string operator()(const core::ProviderAdded& event) const { return "provider.added " + event.name; }
    std::string operator()(const core::ProviderChanged& event) const {
        return "provider.changed " + event.name;
    }
    std::string operator()(const core::ProviderRemoved& event) const {
        return "provider.removed " + event.name;
    }
};

}  // namespace

std::string describe(const core::Event& event) {
    return std::visit(Describe{}, event);
}

}  // namespace boternity::testing
