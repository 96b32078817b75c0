#include "api/methods/file_stream.hpp"

#include "boternity/v1/travel.pb.h"
#include "google/api/httpbody.pb.h"

#include <algorithm>
#include <utility>

namespace boternity::api {
namespace {

constexpr std::size_t kPartBytes = 256 * 1024;

class FileStream final : public MessageStream {
public:
    FileStream(std::string media_type, std::string file_name, std::shared_ptr<const std::string> bytes)
        : media_type_(std::move(media_type)), file_name_(std::move(file_name)), bytes_(std::move(bytes)) {}

    core::Task<Result<MessagePtr>> next(Deadline /*deadline*/, std::stop_token /*stop*/) override {
        if (sent_ > 0 && sent_ >= bytes_->size()) co_return MessagePtr{};
        auto part = std::make_unique<google::api::HttpBody>();
        if (sent_ == 0) {
            part->set_content_type(media_type_);
            v1::FileName name;
            name.set_name(file_name_);
            part->add_extensions()->PackFrom(name);
        }
        const std::size_t count = std::min(kPartBytes, bytes_->size() - sent_);
        part->set_data(bytes_->data() + sent_, count);
        sent_ += count;
        co_return MessagePtr(std::move(part));
    }

private:
    std::string media_type_;
    std::string file_name_;
    std::shared_ptr<const std::string> bytes_;
    std::size_t sent_ = 0;
};

}  // namespace

MessageStreamPtr file_stream(std::string media_type, std::string file_name,
                             std::shared_ptr<const std::string> bytes) {
    return std::make_unique<FileStream>(std::move(media_type), std::move(file_name), std::move(bytes));
}

}  // namespace boternity::api
