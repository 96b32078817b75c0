#include "api/methods/by_name.hpp"
#include "api/methods/to_contract.hpp"

#include <string>
#include <variant>

namespace boternity::api {
namespace {

/// What clients are told of each event. This is what they build upon: what changes inside stops here.
struct EventWriter {
    v1::Event& out;

    void operator()(const core::BotCreated& event) const { out.mutable_bot_created()->set_slug(event.slug); }
    void operator()(const core::BotChanged&) const { out.mutable_bot_changed(); }
    void operator()(const core::BotStateChanged& event) const {
        auto& to = *out.mutable_bot_state_changed();
        to.set_from(by_name(&v1::Bot::State_Parse, name_of(event.from), v1::Bot::unspecified));
        to.set_to(by_name(&v1::Bot::State_Parse, name_of(event.to), v1::Bot::unspecified));
    }
    void operator()(const core::SoulVersionMade& event) const {
        auto& to = *out.mutable_soul_version_made();
        to.set_version(event.version);
        to.set_hash(event.hash);
    }
    void operator()(const core::SessionCreated&) const { out.mutable_session_created(); }
    void operator()(const core::RunQueued& event) const {
        auto& to = *out.mutable_run_queued();
        if (event.parent) to.set_parent(event.parent->text());
    }
    void operator()(const core::StepMoved& event) const {
        auto& to = *out.mutable_step_moved();
        to.set_position(event.position);
        to.set_kind(by_name(&v1::Step::Kind_Parse, name_of(event.kind), v1::Step::kind_unspecified));
        to.set_state(by_name(&v1::Step::State_Parse, name_of(event.state), v1::Step::unspecified));
        to.set_name(event.name);
    }
    void operator()(const core::DecisionAsked& event) const {
        auto& to = *out.mutable_decision_asked();
        to.set_step(event.step);
        to.set_question(event.question);
    }
    void operator()(const core::DecisionMade& event) const {
        out.mutable_decision_made()->set_step(event.step);
    }
    void operator()(const core::RunResumed&) const { out.mutable_run_resumed(); }
    void operator()(const core::RunEnded& event) const {
        out.mutable_run_ended()->set_state(
            by_name(&v1::Run::State_Parse, name_of(event.state), v1::Run::unspecified));
    }
    void operator()(const core::ProviderAdded& event) const {
        out.mutable_provider_added()->set_name(event.name);
    }
    void operator()(const core::ProviderChanged& event) const {
        out.mutable_provider_changed()->set_name(event.name);
    }
    void operator()(const core::ProviderRemoved& event) const {
        out.mutable_provider_removed()->set_name(event.name);
    }
};

struct ItemWriter {
    v1::Event& out;

    void operator()(const core::FeedOpened&) const { out.mutable_opened(); }
    void operator()(const core::FeedMissed& missed) const {
        auto& to = *out.mutable_missed();
        to.set_from(missed.from);
        to.set_to(missed.to);
    }
    void operator()(const core::FeedPassed&) const { out.mutable_passed(); }
    void operator()(const core::EventRecordPtr& record) const {
        *out.mutable_at() = to_contract(record->at);
        const core::EventScope scope = core::scope_of(record->what);
        if (scope.bot) out.set_bot(scope.bot->text());
        if (scope.session) out.set_session(scope.session->text());
        if (scope.run) out.set_run(scope.run->text());
        if (scope.root) out.set_root(scope.root->text());
        std::visit(EventWriter{out}, record->what);
    }
};

}  // namespace

v1::Event to_contract(const core::FeedItem& item) {
    v1::Event out;
    out.set_id(item.id);
    std::visit(ItemWriter{out}, item.what);
    return out;
}

}  // namespace boternity::api
