#include "api/methods/file_stream.hpp"
#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"
#include "boternity/v1/attachments.pb.h"
#include "google/api/httpbody.pb.h"

#include <utility>

namespace boternity::api {
namespace {

using core::CallContext;
using core::Task;

/// As the file is served: text has its encoding told, so that nobody guesses one.
std::string served_type(const core::Attachment& attachment) {
    return attachment.kind == core::FileKind::Text ? attachment.media_type + "; charset=utf-8"
                                                   : attachment.media_type;
}

/// The RPCs of AttachmentService. Copied into the method table: it only holds a reference.
struct AttachmentMethods {
    core::AttachmentService& attachments;

    static Task<Result<v1::Attachment>> create(AttachmentMethods self, v1::CreateAttachmentRequest request,
                                               CallContext context) {
        BOT_CO_TRY(kept, co_await self.attachments.add(request.name(),
                                                       std::move(*request.mutable_file()->mutable_data()),
                                                       std::move(context)));
        co_return to_contract(kept);
    }

    static Task<Result<v1::Attachment>> get(AttachmentMethods self, v1::GetAttachmentRequest request,
                                            CallContext) {
        BOT_CO_TRY(found, co_await self.attachments.get(request.attachment()));
        co_return to_contract(found);
    }

    static Task<Result<MessageStreamPtr>> download(AttachmentMethods self,
                                                   v1::DownloadAttachmentRequest request, CallContext) {
        BOT_CO_TRY(file, co_await self.attachments.file(request.attachment()));
        co_return file_stream(served_type(file.attachment), std::move(file.attachment.name),
                              std::move(file.bytes));
    }
};

}  // namespace

void add_attachment_methods(MethodTable& table, core::AttachmentService& attachments) {
    const auto bind = [self = AttachmentMethods{attachments}](auto call) {
        return [self, call](auto request, CallContext context) {
            return call(self, std::move(request), std::move(context));
        };
    };
    table.unary<v1::CreateAttachmentRequest, v1::Attachment>(
        "boternity.v1.AttachmentService.CreateAttachment", bind(&AttachmentMethods::create));
    table.unary<v1::GetAttachmentRequest, v1::Attachment>("boternity.v1.AttachmentService.GetAttachment",
                                                          bind(&AttachmentMethods::get));
    table.stream<v1::DownloadAttachmentRequest, google::api::HttpBody>(
        "boternity.v1.AttachmentService.DownloadAttachment", bind(&AttachmentMethods::download));
}

}  // namespace boternity::api
