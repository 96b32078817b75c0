#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"

namespace boternity::api {
namespace {

using core::BotRef;
using core::CallContext;
using core::Task;

Result<v1::Soul> answer(Result<core::Soul> soul) {
    if (!soul) return fail(std::move(soul).error());
    return to_contract(*soul);
}

/// The RPCs of SoulService. Copied into the method table: it only holds a reference.
struct SoulMethods {
    core::SoulService& souls;

    static Task<Result<v1::Soul>> create(SoulMethods self, v1::CreateSoulRequest request,
                                         CallContext context) {
        core::NewSoul wanted{.text = request.text(),
                             .note = request.note(),
                             .author = request.author(),
                             .expected_version = request.expected_version()};
        co_return answer(
            co_await self.souls.create(BotRef{request.bot()}, std::move(wanted), std::move(context)));
    }

    static Task<Result<v1::ListSoulsResponse>> list(SoulMethods self, v1::ListSoulsRequest request,
                                                    CallContext) {
        BOT_CO_TRY(page, page_of(request.page_size(), request.page_token()));
        BOT_CO_TRY(souls, co_await self.souls.list(BotRef{request.bot()}, page));
        v1::ListSoulsResponse response;
        for (const auto& soul : souls.items) *response.add_souls() = to_contract(soul);
        response.set_next_page_token(souls.next_token);
        co_return response;
    }

    static Task<Result<v1::Soul>> get(SoulMethods self, v1::GetSoulRequest request, CallContext) {
        co_return answer(co_await self.souls.get(BotRef{request.bot()}, request.version()));
    }

    static Task<Result<v1::DiffSoulsResponse>> diff(SoulMethods self, v1::DiffSoulsRequest request,
                                                    CallContext) {
        BOT_CO_TRY(diff, co_await self.souls.diff(BotRef{request.bot()}, request.from(), request.to()));
        v1::DiffSoulsResponse response;
        response.set_from(diff.from);
        response.set_to(diff.to);
        response.set_diff(diff.diff);
        response.set_added_lines(diff.added_lines);
        response.set_removed_lines(diff.removed_lines);
        co_return response;
    }

    static Task<Result<v1::Soul>> rollback(SoulMethods self, v1::RollbackSoulRequest request,
                                           CallContext context) {
        co_return answer(co_await self.souls.rollback(BotRef{request.bot()}, request.version(),
                                                      request.note(), request.author(), std::move(context)));
    }
};

}  // namespace

void add_soul_methods(MethodTable& table, core::SoulService& souls) {
    const auto bind = [self = SoulMethods{souls}](auto call) {
        return [self, call](auto request, CallContext context) {
            return call(self, std::move(request), std::move(context));
        };
    };
    table.unary<v1::CreateSoulRequest, v1::Soul>("boternity.v1.SoulService.CreateSoul",
                                                 bind(&SoulMethods::create));
    table.unary<v1::ListSoulsRequest, v1::ListSoulsResponse>("boternity.v1.SoulService.ListSouls",
                                                             bind(&SoulMethods::list));
    table.unary<v1::GetSoulRequest, v1::Soul>("boternity.v1.SoulService.GetSoul", bind(&SoulMethods::get));
    table.unary<v1::DiffSoulsRequest, v1::DiffSoulsResponse>("boternity.v1.SoulService.DiffSouls",
                                                             bind(&SoulMethods::diff));
    table.unary<v1::RollbackSoulRequest, v1::Soul>("boternity.v1.SoulService.RollbackSoul",
                                                   bind(&SoulMethods::rollback));
}

}  // namespace boternity::api
