#include "api/gateway.hpp"

#include "api/grpc/grpc_server.hpp"
#include "api/http/http_service.hpp"
#include "api/listener/listener.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace boternity::api {
namespace {

struct Place {
    std::string host;
    std::uint16_t port = 0;
};

Result<Place> parse_listen(std::string_view text) {
    const auto wrong = [&] {
        return fail(invalid_argument(fmt::format(
            "\"{}\" is no address; give --listen as ADDRESS:PORT, for example 127.0.0.1:7420.", text)));
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return wrong();
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    Place place{.host = std::string(host)};
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), place.port);
    if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size())
        return wrong();
    return place;
}

}  // namespace

Status check_listen(std::string_view listen) {
    BOT_TRY(place, parse_listen(listen));
    BOT_CHECK(Listener::read_address(place.host));
    return {};
}

struct Gateway::Parts {
    AccessPolicy access;
    HttpService http;
    GrpcServer grpc;
    Listener listener;

    Parts(Gateway& of, const std::string& host, std::uint16_t port, Listener::Acceptor acceptor)
        : access({.token = of.options_.token, .allowed_hosts = of.options_.allowed_hosts}, host, port),
          http({.methods = of.methods_,
                .access = access,
                .health = of.options_.health,
                .log = of.log_,
                .clock = of.clock_,
                .ids = of.ids_,
                .limits = of.options_.limits,
                .version = of.options_.version}),
          grpc({.limits = of.options_.limits, .health = of.options_.health}, of.methods_, access, of.log_,
               of.clock_, of.ids_, of.executor_, of.scope_),
          listener({.http = http,
                    .grpc = grpc,
                    .log = of.log_,
                    .clock = of.clock_,
                    .executor = of.executor_,
                    .scope = of.scope_,
                    .limits = of.options_.limits},
                   std::move(acceptor)) {}
};

Gateway::Gateway(GatewayOptions options, const MethodTable& methods, core::Log& log, core::Clock& clock,
                 core::Ids& ids, core::Executor executor, core::TaskScope& scope)
    : options_(std::move(options)),
      methods_(methods),
      log_(log),
      clock_(clock),
      ids_(ids),
      executor_(std::move(executor)),
      scope_(scope) {}

Gateway::~Gateway() = default;

Result<std::string> Gateway::listen() {
    BOT_TRY(place, parse_listen(options_.listen));
    for (const auto& name : options_.allowed_hosts) BOT_CHECK(AccessPolicy::check_allowed_host(name));
    BOT_TRY(acceptor, Listener::bind(executor_, place.host, place.port));
    const auto endpoint = acceptor.local_endpoint();
    const auto port = endpoint.port();
    auto host = endpoint.address().to_string();
    parts_ = std::make_unique<Parts>(*this, host, port, std::move(acceptor));
    if (endpoint.address().is_v6()) host = "[" + host + "]";
    return fmt::format("{}:{}", host, port);
}

void Gateway::serve() {
    if (parts_) parts_->listener.start();
}

void Gateway::stop_accepting() {
    if (!parts_) return;
    parts_->listener.stop_accepting();
    parts_->grpc.stop_accepting();
}

void Gateway::drain_blocking(Deadline deadline) {
    if (!parts_) return;
    stop_accepting();
    // gRPC first: it waits for its calls until the deadline, and HTTP goes on meanwhile on the io threads.
    parts_->grpc.drain_blocking(deadline);
    if (parts_->listener.wait_idle_blocking(deadline)) return;
    parts_->listener.abort();
}

}  // namespace boternity::api
