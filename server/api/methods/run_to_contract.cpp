#include "api/methods/by_name.hpp"
#include "api/methods/to_contract.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace boternity::api {
namespace {

v1::Step::Kind kind_of(core::StepKind kind) {
    return by_name(&v1::Step::Kind_Parse, name_of(kind), v1::Step::kind_unspecified);
}

v1::RunError to_contract(const core::RunError& error) {
    v1::RunError out;
    out.set_code(std::string(code_name(error.code)));
    out.set_message(error.message);
    return out;
}

struct EventWriter {
    v1::RunEvent& out;

    void operator()(const core::RunStarted& started) const {
        auto& to = *out.mutable_started();
        to.set_attempt(started.attempt);
        to.set_bot(started.bot.text());
        to.set_session(started.session.text());
        to.set_model(started.model);
        to.set_soul_version(started.soul_version);
        if (started.input_message) to.set_input_message(started.input_message->text());
        to.set_steps(started.steps);
    }

    void operator()(const core::ContextCut& cut) const { *out.mutable_context_cut() = api::to_contract(cut); }

    void operator()(const core::RunDelta& delta) const { out.mutable_delta()->set_text(delta.text); }

    void operator()(const core::StepBegan& began) const {
        auto& to = *out.mutable_step_began();
        to.set_position(began.position);
        to.set_kind(kind_of(began.kind));
        to.set_name(began.name);
        to.set_arguments(began.arguments);
        to.set_question(began.question);
        for (const auto& option : began.options) to.add_options(option);
    }

    void operator()(const core::StepEnded& ended) const {
        auto& to = *out.mutable_step_ended();
        to.set_position(ended.position);
        to.set_kind(kind_of(ended.kind));
        to.set_failed(ended.failed);
        to.set_text(ended.text);
        if (ended.agent) to.set_agent(ended.agent->text());
    }

    void operator()(const core::RunFinished& finished) const {
        if (finished.state == core::RunState::Completed) {
            auto& to = *out.mutable_completed();
            if (finished.message) *to.mutable_message() = api::to_contract(*finished.message);
            *to.mutable_usage() = api::to_contract(finished.usage);
            if (finished.stop_reason) to.set_stop_reason(std::string(name_of(*finished.stop_reason)));
        } else if (finished.state == core::RunState::Cancelled) {
            auto& to = *out.mutable_cancelled();
            if (finished.message) *to.mutable_message() = api::to_contract(*finished.message);
        } else {
            auto& to = *out.mutable_failed();
            *to.mutable_error() = to_contract(finished.error.value_or(core::RunError{}));
            if (finished.message) *to.mutable_message() = api::to_contract(*finished.message);
        }
    }
};

v1::AgentBrief to_contract(const core::AgentBrief& brief) {
    v1::AgentBrief out;
    out.set_name(brief.name);
    out.set_task(brief.task);
    out.set_instructions(brief.instructions);
    out.set_workspace(brief.workspace);
    return out;
}

v1::AgentMessage to_contract(const core::AgentMessage& message) {
    v1::AgentMessage out;
    out.set_from(message.from.text());
    out.set_sender(message.sender);
    switch (message.kind) {
    case core::AgentMessageKind::Text: out.set_kind(v1::AgentMessage::said); break;
    case core::AgentMessageKind::Result: out.set_kind(v1::AgentMessage::result); break;
    case core::AgentMessageKind::Failure: out.set_kind(v1::AgentMessage::failure); break;
    }
    out.set_text(message.text);
    *out.mutable_sent_at() = api::to_contract(message.sent_at);
    return out;
}

/// What a step was given.
struct InputWriter {
    v1::Step& out;

    void operator()(const core::ModelInput& input) const {
        auto& to = *out.mutable_model();
        to.set_model(input.model);
        to.set_messages(input.messages);
        to.set_dropped(input.dropped);
        to.set_max_output_tokens(input.max_output_tokens);
        to.set_request_hash(input.request_hash);
    }
    void operator()(const core::ToolInput& input) const {
        auto& to = *out.mutable_tool();
        to.set_call(input.call);
        to.set_tool(input.tool);
        to.set_arguments(input.arguments);
        to.set_read_only(input.read_only);
        to.set_idempotent(input.idempotent);
    }
    void operator()(const core::WaitInput&) const { out.mutable_waited(); }
    void operator()(const core::DecisionInput& input) const {
        auto& to = *out.mutable_asked();
        to.set_question(input.question);
        for (const auto& option : input.options) to.add_options(option);
        to.set_about(input.about);
        if (input.expires_at) *to.mutable_expires_at() = api::to_contract(*input.expires_at);
    }
    void operator()(const core::SentInput&) const { out.mutable_sent(); }
};

/// What it came to.
struct OutputWriter {
    v1::Step& out;

    void operator()(std::monostate) const {}
    void operator()(const core::ModelOutput& output) const {
        auto& to = *out.mutable_model();
        to.set_text(output.text());
        if (output.stop_reason) to.set_stop_reason(std::string(name_of(*output.stop_reason)));
        for (const auto& part : output.parts) {
            if (const auto* call = std::get_if<core::ToolCall>(&part)) {
                auto& one = *to.add_calls();
                one.set_id(call->id);
                one.set_name(call->name);
                one.set_arguments(call->arguments);
            } else if (const auto* reasoning = std::get_if<core::ReasoningPart>(&part)) {
                to.mutable_reasoning()->append(reasoning->text);
            }
        }
    }
    void operator()(const core::ToolOutput& output) const {
        auto& to = *out.mutable_tool();
        to.set_result(output.text);
        to.set_failed(output.failed);
        to.set_result_bytes(static_cast<std::int64_t>(output.bytes));
        if (output.agent) to.set_agent(output.agent->run.text());
    }
    void operator()(const core::WaitOutput& output) const {
        for (const auto& message : output.received)
            *out.mutable_waited()->add_received() = to_contract(message);
    }
    void operator()(const core::DecisionOutput& output) const {
        out.mutable_asked()->set_answer(output.answer);
        out.mutable_asked()->set_answered_by(output.by);
    }
    void operator()(const core::SentOutput& output) const {
        if (output.message) out.mutable_sent()->set_message(output.message->text());
        if (output.to) out.mutable_sent()->set_to(output.to->text());
        if (output.text) out.mutable_sent()->set_text(*output.text);
    }
};

}  // namespace

v1::Run to_contract(const core::Run& run) {
    v1::Run out;
    out.set_id(run.id.text());
    out.set_bot(run.bot.text());
    out.set_session(run.session.text());
    out.set_kind(by_name(&v1::Run::Kind_Parse, name_of(run.kind), v1::Run::kind_unspecified));
    out.set_state(by_name(&v1::Run::State_Parse, name_of(run.state), v1::Run::unspecified));
    out.set_model(run.model);
    out.set_soul_version(run.soul_version);
    out.set_attempt(run.attempt);
    if (run.input_message) out.set_input_message(run.input_message->text());
    if (run.output_message) out.set_output_message(run.output_message->text());
    *out.mutable_usage() = to_contract(run.usage);
    if (run.stop_reason) out.set_stop_reason(std::string(name_of(*run.stop_reason)));
    if (run.context_cut) *out.mutable_context_cut() = to_contract(*run.context_cut);
    if (run.error) *out.mutable_error() = to_contract(*run.error);
    *out.mutable_created_at() = to_contract(run.created_at);
    if (run.started_at) *out.mutable_started_at() = to_contract(*run.started_at);
    if (run.ended_at) *out.mutable_ended_at() = to_contract(*run.ended_at);
    if (run.parent) out.set_parent(run.parent->text());
    out.set_root(run.root.text());
    out.set_depth(run.depth);
    if (run.brief) *out.mutable_agent_brief() = to_contract(*run.brief);
    for (const auto& tool : run.settings.tools) out.add_tools(tool);
    if (run.forked_from) {
        auto& from = *out.mutable_forked_from();
        from.set_run(run.forked_from->run.text());
        from.set_step(run.forked_from->step);
        from.set_message(run.forked_from->message);
    }
    return out;
}

v1::RunEvent to_contract(const core::RunEvent& event) {
    v1::RunEvent out;
    out.set_run(event.run.text());
    out.set_seq(event.sequence);
    std::visit(EventWriter{out}, event.what);
    return out;
}

v1::Step to_contract(const core::Step& step) {
    v1::Step out;
    out.set_run(step.run.text());
    out.set_position(step.position);
    out.set_kind(kind_of(step.kind()));
    out.set_state(by_name(&v1::Step::State_Parse, name_of(step.state), v1::Step::unspecified));
    out.set_attempt(step.attempt);
    if (step.kind() == core::StepKind::ModelCall) *out.mutable_usage() = to_contract(step.usage);
    if (step.error) *out.mutable_error() = to_contract(*step.error);
    *out.mutable_started_at() = to_contract(step.started_at);
    if (step.ended_at) *out.mutable_ended_at() = to_contract(*step.ended_at);
    std::visit(InputWriter{out}, step.input);
    std::visit(OutputWriter{out}, step.output);
    return out;
}

v1::RunDiff to_contract(const core::RunDiff& diff) {
    v1::RunDiff out;
    *out.mutable_a() = to_contract(diff.a);
    *out.mutable_b() = to_contract(diff.b);
    for (const auto& what : diff.differs_in) out.add_differs_in(what);
    for (const auto& step : diff.steps) {
        auto& to = *out.add_steps();
        to.set_position(step.position);
        if (step.a) *to.mutable_a() = to_contract(*step.a);
        if (step.b) *to.mutable_b() = to_contract(*step.b);
        for (const auto& what : step.differs_in) to.add_differs_in(what);
        to.set_text_diff(step.text_diff);
    }
    return out;
}

v1::Tool to_contract(const core::ToolCard& card) {
    v1::Tool out;
    out.set_name(card.name);
    out.set_description(card.description);
    out.set_parameters(card.parameters);
    out.set_read_only(card.read_only);
    out.set_idempotent(card.idempotent || card.read_only);
    out.set_named_only(card.named_only);
    return out;
}

}  // namespace boternity::api
