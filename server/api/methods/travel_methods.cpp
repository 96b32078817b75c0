#include "api/methods/file_stream.hpp"
#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"
#include "boternity/v1/templates.pb.h"
#include "boternity/v1/travel.pb.h"
#include "google/api/httpbody.pb.h"

namespace boternity::api {
namespace {

using core::CallContext;
using core::Task;

core::OnConflict from_contract(v1::ImportBotRequest::OnConflict value) {
    switch (value) {
    case v1::ImportBotRequest::rename: return core::OnConflict::Rename;
    case v1::ImportBotRequest::replace: return core::OnConflict::Replace;
    case v1::ImportBotRequest::skip: return core::OnConflict::Skip;
    default: return core::OnConflict::Fail;
    }
}

v1::ImportBotResponse::Outcome to_contract(core::ImportOutcome outcome) {
    switch (outcome) {
    case core::ImportOutcome::Created: return v1::ImportBotResponse::created;
    case core::ImportOutcome::Replaced: return v1::ImportBotResponse::replaced;
    case core::ImportOutcome::Skipped: return v1::ImportBotResponse::skipped;
    }
    return v1::ImportBotResponse::unspecified;
}

v1::ImportBotResponse to_contract(const core::ImportReport& report) {
    v1::ImportBotResponse out;
    out.set_preview(report.preview);
    out.set_repeated(report.repeated);
    out.set_source(report.source == core::ImportSource::OpenClaw ? v1::ImportBotResponse::openclaw
                                                                 : v1::ImportBotResponse::boternity);
    out.set_outcome(to_contract(report.outcome));
    *out.mutable_bot() = api::to_contract(report.bot);
    if (report.bot.id.empty()) out.mutable_bot()->clear_id();
    out.set_souls(report.souls);
    out.set_sessions(report.sessions);
    out.set_messages(report.messages);
    for (const core::ImportItem& item : report.items) {
        auto* one = out.add_items();
        one->set_part(item.part);
        one->set_taken(item.taken);
        one->set_place(item.place);
        one->set_note(item.note);
    }
    for (const core::ImportedId& id : report.ids) {
        auto* one = out.add_ids();
        one->set_kind(id.kind);
        one->set_old_id(id.old_id);
        one->set_new_id(id.new_id);
    }
    return out;
}

/// The RPCs of TravelService. Copied into the method table: it only holds a reference.
struct TravelMethods {
    core::TravelService& travel;

    static Task<Result<MessageStreamPtr>> export_bot(TravelMethods self, v1::ExportBotRequest request,
                                                     CallContext) {
        BOT_CO_TRY(file, co_await self.travel.export_bot(core::BotRef{request.bot()}, request.sessions()));
        co_return file_stream("application/zip", std::move(file.file_name),
                              std::make_shared<const std::string>(std::move(file.bytes)));
    }

    static Task<Result<v1::ImportBotResponse>> import_bot(TravelMethods self, v1::ImportBotRequest request,
                                                          CallContext context) {
        core::ImportWish wish{.preview = request.preview(),
                              .on_conflict = from_contract(request.on_conflict()),
                              .slug = request.slug()};
        BOT_CO_TRY(report,
                   co_await self.travel.import_bot(std::move(*request.mutable_archive()->mutable_data()),
                                                   std::move(wish), std::move(context)));
        co_return to_contract(report);
    }
};

v1::Template to_contract(const core::Template& one) {
    v1::Template out;
    out.set_slug(one.slug);
    out.set_name(one.name);
    out.set_description(one.description);
    out.set_shows(one.shows);
    *out.mutable_settings() = api::to_contract(one.settings);
    return out;
}

/// The RPCs of TemplateService.
struct TemplateMethods {
    const core::Templates& templates;

    static Task<Result<v1::ListTemplatesResponse>> list(TemplateMethods self, v1::ListTemplatesRequest,
                                                        CallContext) {
        v1::ListTemplatesResponse response;
        for (const core::Template& one : self.templates.all()) *response.add_templates() = to_contract(one);
        co_return response;
    }

    static Task<Result<v1::Template>> get(TemplateMethods self, v1::GetTemplateRequest request, CallContext) {
        BOT_CO_TRY(found, self.templates.find(request.template_()));
        auto out = to_contract(found);
        out.set_soul(found.soul);
        co_return out;
    }
};

}  // namespace

void add_travel_methods(MethodTable& table, core::TravelService& travel) {
    const auto bind = [self = TravelMethods{travel}](auto call) {
        return [self, call](auto request, CallContext context) {
            return call(self, std::move(request), std::move(context));
        };
    };
    table.stream<v1::ExportBotRequest, google::api::HttpBody>("boternity.v1.TravelService.ExportBot",
                                                              bind(&TravelMethods::export_bot));
    table.unary<v1::ImportBotRequest, v1::ImportBotResponse>("boternity.v1.TravelService.ImportBot",
                                                             bind(&TravelMethods::import_bot));
}

void add_template_methods(MethodTable& table, const core::Templates& templates) {
    const auto bind = [self = TemplateMethods{templates}](auto call) {
        return [self, call](auto request, CallContext context) {
            return call(self, std::move(request), std::move(context));
        };
    };
    table.unary<v1::ListTemplatesRequest, v1::ListTemplatesResponse>(
        "boternity.v1.TemplateService.ListTemplates", bind(&TemplateMethods::list));
    table.unary<v1::GetTemplateRequest, v1::Template>("boternity.v1.TemplateService.GetTemplate",
                                                      bind(&TemplateMethods::get));
}

}  // namespace boternity::api
