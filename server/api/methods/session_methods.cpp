#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"

namespace boternity::api {
namespace {

using core::BotRef;
using core::CallContext;
using core::Task;

core::Said said_in(const v1::SendMessageRequest& request) {
    return {.text = request.text(),
            .attachments = {request.attachments().begin(), request.attachments().end()}};
}

/// The RPCs of SessionService. Copied into the method table: it only holds references.
struct SessionMethods {
    core::SessionService& sessions;
    core::TurnService& turns;
    core::RunService& runs;

    static Task<Result<v1::Session>> create(SessionMethods self, v1::CreateSessionRequest request,
                                            CallContext context) {
        BOT_CO_TRY(session,
                   co_await self.sessions.create(BotRef{request.bot()}, request.title(), std::move(context)));
        co_return to_contract(session);
    }

    static Task<Result<v1::ListSessionsResponse>> list(SessionMethods self, v1::ListSessionsRequest request,
                                                       CallContext) {
        BOT_CO_TRY(page, page_of(request.page_size(), request.page_token()));
        BOT_CO_TRY(sessions, co_await self.sessions.list(BotRef{request.bot()}, page));
        v1::ListSessionsResponse response;
        for (const auto& session : sessions.items) *response.add_sessions() = to_contract(session);
        response.set_next_page_token(sessions.next_token);
        co_return response;
    }

    static Task<Result<v1::Session>> get(SessionMethods self, v1::GetSessionRequest request, CallContext) {
        BOT_CO_TRY(session, co_await self.sessions.get(request.session()));
        co_return to_contract(session);
    }

    static Task<Result<v1::ListMessagesResponse>> messages(SessionMethods self,
                                                           v1::ListMessagesRequest request, CallContext) {
        BOT_CO_TRY(page, page_of(request.page_size(), request.page_token()));
        BOT_CO_TRY(messages, co_await self.sessions.messages(request.session(), page));
        v1::ListMessagesResponse response;
        for (const auto& message : messages.items) *response.add_messages() = to_contract(message);
        response.set_next_page_token(messages.next_token);
        co_return response;
    }

    static Task<Result<v1::Message>> send(SessionMethods self, v1::SendMessageRequest request,
                                          CallContext context) {
        BOT_CO_TRY(run, co_await self.turns.say(request.session(), said_in(request), context));
        BOT_CO_TRY(message, co_await self.turns.answer(run.id.text(), std::move(context)));
        co_return to_contract(message);
    }

    static Task<Result<MessageStreamPtr>> stream(SessionMethods self, v1::SendMessageRequest request,
                                                 CallContext context) {
        BOT_CO_TRY(run, co_await self.turns.say(request.session(), said_in(request), std::move(context)));
        BOT_CO_TRY(reader, co_await self.runs.events(run.id.text(), 0));
        co_return run_event_stream(std::move(reader));
    }
};

}  // namespace

void add_session_methods(MethodTable& table, core::SessionService& sessions, core::TurnService& turns,
                         core::RunService& runs) {
    const auto bind = [self = SessionMethods{sessions, turns, runs}](auto call) {
        return [self, call](auto request, CallContext context) {
            return call(self, std::move(request), std::move(context));
        };
    };
    table.unary<v1::CreateSessionRequest, v1::Session>("boternity.v1.SessionService.CreateSession",
                                                       bind(&SessionMethods::create));
    table.unary<v1::ListSessionsRequest, v1::ListSessionsResponse>("boternity.v1.SessionService.ListSessions",
                                                                   bind(&SessionMethods::list));
    table.unary<v1::GetSessionRequest, v1::Session>("boternity.v1.SessionService.GetSession",
                                                    bind(&SessionMethods::get));
    table.unary<v1::ListMessagesRequest, v1::ListMessagesResponse>("boternity.v1.SessionService.ListMessages",
                                                                   bind(&SessionMethods::messages));
    table.unary<v1::SendMessageRequest, v1::Message>("boternity.v1.SessionService.SendMessage",
                                                     bind(&SessionMethods::send));
    table.stream<v1::SendMessageRequest, v1::RunEvent>("boternity.v1.SessionService.StreamMessage",
                                                       bind(&SessionMethods::stream));
}

}  // namespace boternity::api
