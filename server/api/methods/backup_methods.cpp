#include "api/methods/pages_in_memory.hpp"
#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"
#include "boternity/v1/backups.pb.h"

namespace boternity::api {
namespace {

using core::CallContext;
using core::Task;

v1::Backup::Reason to_contract(core::BackupReason reason) {
    switch (reason) {
    case core::BackupReason::Asked: return v1::Backup::asked;
    case core::BackupReason::Upgrade: return v1::Backup::upgrade;
    case core::BackupReason::Restore: return v1::Backup::restore;
    }
    return v1::Backup::unspecified;
}

v1::Backup to_contract(const core::Backup& backup) {
    v1::Backup out;
    out.set_name(backup.name);
    out.set_reason(to_contract(backup.reason));
    out.set_schema_version(backup.schema);
    out.set_made_by(backup.made_by);
    *out.mutable_created_at() = api::to_contract(backup.made_at);
    out.set_size_bytes(backup.size_bytes);
    return out;
}

class BackupProgressStream final : public MessageStream {
public:
    explicit BackupProgressStream(std::unique_ptr<core::BackupWork> work) : work_(std::move(work)) {}

    Task<Result<MessagePtr>> next(Deadline deadline, std::stop_token stop) override {
        if (ended_) co_return MessagePtr{};
        BOT_CO_TRY(step, co_await work_->next(deadline, std::move(stop)));
        auto message = std::make_unique<v1::BackupProgress>();
        message->set_done_bytes(step.done_bytes);
        message->set_total_bytes(step.total_bytes);
        if (step.made) {
            *message->mutable_backup() = to_contract(*step.made);
            ended_ = true;
        }
        co_return MessagePtr(std::move(message));
    }

private:
    std::unique_ptr<core::BackupWork> work_;
    bool ended_ = false;
};

/// The RPCs of BackupService. Copied into the method table: it only holds a reference.
struct BackupMethods {
    core::BackupArchive& backups;

    static Task<Result<v1::Backup>> create(BackupMethods self, v1::CreateBackupRequest, CallContext context) {
        BOT_CO_TRY(work, co_await self.backups.begin(context.mutation));
        while (true) {
            BOT_CO_TRY(step, co_await work->next(context.deadline, context.stop));
            if (step.made) co_return to_contract(*step.made);
        }
    }

    static Task<Result<MessageStreamPtr>> stream(BackupMethods self, v1::CreateBackupRequest,
                                                 CallContext context) {
        BOT_CO_TRY(work, co_await self.backups.begin(std::move(context.mutation)));
        co_return std::make_unique<BackupProgressStream>(std::move(work));
    }

    static Task<Result<v1::ListBackupsResponse>> list(BackupMethods self, v1::ListBackupsRequest request,
                                                      CallContext) {
        BOT_CO_TRY(page, page_of(request.page_size(), request.page_token()));
        BOT_CO_TRY(all, co_await self.backups.list());
        BOT_CO_TRY(backups, slice(std::move(all), page));
        v1::ListBackupsResponse response;
        for (const auto& backup : backups.items) *response.add_backups() = to_contract(backup);
        response.set_next_page_token(backups.next_token);
        co_return response;
    }

    static Task<Result<v1::BackupCheck>> verify(BackupMethods self, v1::VerifyBackupRequest request,
                                                CallContext) {
        BOT_CO_TRY(check, co_await self.backups.verify(request.backup()));
        v1::BackupCheck out;
        *out.mutable_backup() = to_contract(check.backup);
        out.set_has_configuration(check.has_configuration);
        out.set_bots(check.bots);
        out.set_sessions(check.sessions);
        out.set_messages(check.messages);
        out.set_runs(check.runs);
        co_return out;
    }

    static Task<Result<v1::Backup>> erase(BackupMethods self, v1::DeleteBackupRequest request,
                                          CallContext context) {
        BOT_CO_TRY(removed, co_await self.backups.remove(request.backup(), std::move(context.mutation)));
        co_return to_contract(removed);
    }
};

}  // namespace

void add_backup_methods(MethodTable& table, core::BackupArchive& backups) {
    const auto bind = [self = BackupMethods{backups}](auto call) {
        return [self, call](auto request, CallContext context) {
            return call(self, std::move(request), std::move(context));
        };
    };
    table.unary<v1::CreateBackupRequest, v1::Backup>("boternity.v1.BackupService.CreateBackup",
                                                     bind(&BackupMethods::create));
    table.stream<v1::CreateBackupRequest, v1::BackupProgress>("boternity.v1.BackupService.StreamBackup",
                                                              bind(&BackupMethods::stream));
    table.unary<v1::ListBackupsRequest, v1::ListBackupsResponse>("boternity.v1.BackupService.ListBackups",
                                                                 bind(&BackupMethods::list));
    table.unary<v1::VerifyBackupRequest, v1::BackupCheck>("boternity.v1.BackupService.VerifyBackup",
                                                          bind(&BackupMethods::verify));
    table.unary<v1::DeleteBackupRequest, v1::Backup>("boternity.v1.BackupService.DeleteBackup",
                                                     bind(&BackupMethods::erase));
}

}  // namespace boternity::api
