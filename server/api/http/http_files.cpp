// HttpConnection: files as bytes.
#include "api/http/http_connection.hpp"
#include "api/http/raw_body.hpp"
#include "google/api/httpbody.pb.h"

#include <fmt/format.h>

#include <utility>

namespace boternity::api {

core::Task<HttpConnection::Next> HttpConnection::send_file(MessageStreamPtr stream, Incoming incoming,
                                                           std::string request_id) {
    const auto& clock = service_.ports().clock;
    const bool chunked = incoming.minor_version == 1;
    const auto keep = chunked ? keeps(incoming) : KeepAlive::No;
    std::string head;
    for (bool began = false;; began = true) {
        auto pulling = stream->next(clock.in(limits_.unary_time), stop_.get_token());
        auto part = co_await std::move(pulling);
        if (!part && began) co_return Next::Close;
        if (!part) {
            auto refusal = service_.refuse(part.error(), incoming.head, request_id);
            auto sending = send(std::move(refusal), std::move(incoming), std::move(request_id));
            co_return co_await std::move(sending);
        }
        auto* file = dynamic_cast<google::api::HttpBody*>(part->get());
        if (!began) {
            const std::string type = file == nullptr ? "application/octet-stream" : file->content_type();
            const std::vector<std::pair<std::string_view, std::string>> fields{
                {"Content-Disposition", attachment(file == nullptr ? std::string() : file_name_of(*file))},
                // Where a browser shows it all the same, nothing in it runs.
                {"Content-Security-Policy", "default-src 'none'; sandbox"}};
            head = write_head({.status = 200,
                               .content_type = type,
                               .fields = &fields,
                               .chunked = chunked,
                               .keep_alive = keep,
                               .request_id = request_id,
                               .date = http_date(clock.now())});
        }
        const bool last = file == nullptr || incoming.head.verb == "HEAD";
        std::string bytes = file == nullptr ? std::string() : std::move(*file->mutable_data());
        if (incoming.head.verb == "HEAD") {
            bytes.clear();
        } else if (chunked) {
            if (!bytes.empty()) bytes = fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
            if (last) bytes += "0\r\n\r\n";
        }
        auto writing = wire_->write(std::exchange(head, {}), std::move(bytes));
        const bool sent = co_await std::move(writing);
        if (!sent) co_return Next::Close;
        if (last) co_return keep == KeepAlive::Yes && !finishing_ ? Next::KeepAlive : Next::Close;
    }
}

}  // namespace boternity::api
