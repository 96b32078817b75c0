#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"

namespace boternity::api {
namespace {

using core::BotRef;
using core::CallContext;
using core::Task;

Result<v1::Bot> answer(Result<core::Bot> bot) {
    if (!bot) return fail(std::move(bot).error());
    return to_contract(*bot);
}

/// The RPCs of BotService. Copied into the method table: it only holds a reference.
struct BotMethods {
    core::BotService& bots;
    const core::Templates& templates;

    static Task<Result<v1::Bot>> create(BotMethods self, v1::CreateBotRequest request, CallContext context) {
        core::NewBot wanted{.name = request.name(),
                            .soul = request.soul(),
                            .model = request.model(),
                            .description = request.description(),
                            .settings = from_contract(request.settings())};
        BOT_CO_TRY(filled, self.templates.fill(std::move(wanted), request.template_()));
        co_return answer(co_await self.bots.create(std::move(filled), std::move(context)));
    }

    static Task<Result<v1::Bot>> get(BotMethods self, v1::GetBotRequest request, CallContext) {
        co_return answer(co_await self.bots.get(BotRef{request.bot()}));
    }

    static Task<Result<v1::ListBotsResponse>> list(BotMethods self, v1::ListBotsRequest request,
                                                   CallContext) {
        BOT_CO_TRY(page, page_of(request.page_size(), request.page_token()));
        BOT_CO_TRY(bots, co_await self.bots.list(page));
        v1::ListBotsResponse response;
        for (const auto& bot : bots.items) *response.add_bots() = to_contract(bot);
        response.set_next_page_token(bots.next_token);
        co_return response;
    }

    static Task<Result<v1::Bot>> update(BotMethods self, v1::UpdateBotRequest request, CallContext context) {
        core::BotChange change{.etag = request.etag()};
        if (request.has_name()) change.name = request.name();
        if (request.has_description()) change.description = request.description();
        if (request.has_model()) change.model = request.model();
        if (request.has_settings()) change.settings = from_contract(request.settings());
        co_return answer(
            co_await self.bots.update(BotRef{request.bot()}, std::move(change), std::move(context)));
    }

    static Task<Result<v1::Bot>> erase(BotMethods self, v1::DeleteBotRequest request, CallContext context) {
        co_return answer(
            co_await self.bots.move(BotRef{request.bot()}, "delete", request.etag(), std::move(context)));
    }
};

/// The four lifecycle verbs, whose requests look alike.
template <class Request>
struct Move {
    core::BotService& bots;
    std::string verb;

    Task<Result<v1::Bot>> operator()(Request request, CallContext context) const {
        return run(*this, std::move(request), std::move(context));
    }

    static Task<Result<v1::Bot>> run(Move self, Request request, CallContext context) {
        co_return answer(co_await self.bots.move(BotRef{request.bot()}, self.verb, {}, std::move(context)));
    }
};

}  // namespace

void add_bot_methods(MethodTable& table, core::BotService& bots, const core::Templates& templates) {
    const auto bind = [self = BotMethods{bots, templates}](auto call) {
        return [self, call](auto request, CallContext context) {
            return call(self, std::move(request), std::move(context));
        };
    };
    table.unary<v1::CreateBotRequest, v1::Bot>("boternity.v1.BotService.CreateBot",
                                               bind(&BotMethods::create));
    table.unary<v1::GetBotRequest, v1::Bot>("boternity.v1.BotService.GetBot", bind(&BotMethods::get));
    table.unary<v1::ListBotsRequest, v1::ListBotsResponse>("boternity.v1.BotService.ListBots",
                                                           bind(&BotMethods::list));
    table.unary<v1::UpdateBotRequest, v1::Bot>("boternity.v1.BotService.UpdateBot",
                                               bind(&BotMethods::update));
    table.unary<v1::DeleteBotRequest, v1::Bot>("boternity.v1.BotService.DeleteBot", bind(&BotMethods::erase));
    table.unary<v1::StartBotRequest, v1::Bot>("boternity.v1.BotService.StartBot",
                                              Move<v1::StartBotRequest>{bots, "start"});
    table.unary<v1::PauseBotRequest, v1::Bot>("boternity.v1.BotService.PauseBot",
                                              Move<v1::PauseBotRequest>{bots, "pause"});
    table.unary<v1::StopBotRequest, v1::Bot>("boternity.v1.BotService.StopBot",
                                             Move<v1::StopBotRequest>{bots, "stop"});
    table.unary<v1::ArchiveBotRequest, v1::Bot>("boternity.v1.BotService.ArchiveBot",
                                                Move<v1::ArchiveBotRequest>{bots, "archive"});
}

}  // namespace boternity::api
