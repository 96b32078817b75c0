#pragma once

#include "api/gateway.hpp"
#include "api/methods/method_table.hpp"
#include "boternity/v1/bots.pb.h"
#include "boternity/v1/runs.pb.h"
#include "boternity/v1/sessions.pb.h"
#include "core/runtime/task_scope.hpp"
#include "infra/clock/random_ids.hpp"
#include "infra/clock/system_clock.hpp"
#include "testing/captured_log.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::testing {

/// A gateway on a free port of the loopback address, over a small table of the real contract: bots that are
/// known by name only, and a run whose events the test decides.
class ServedGateway {
public:
    static constexpr std::string_view kToken = "the-owners-token";

    explicit ServedGateway(std::function<void(api::GatewayOptions&)> change = {});
    ~ServedGateway();

    std::uint16_t port() const noexcept { return port_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    /// "Host: ...\r\nAuthorization: ...\r\n"
    std::string usual_fields() const;

    /// Drains now instead of at the end.
    void drain(std::chrono::milliseconds grace);

    api::Gateway& gateway() { return *gateway_; }
    CapturedLog& log() { return log_; }
    infra::SystemClock& clock() { return clock_; }
    core::TaskScope& scope() { return scope_; }

    /// What the handlers were called with, and how they were left.
    struct Seen {
        std::vector<v1::CreateBotRequest> created;
        std::vector<v1::UpdateBotRequest> updated;
        std::vector<core::CallContext> contexts;
        int streams_stopped = 0;
        int streams_gone = 0;  ///< nobody pulls them any more
        std::uint32_t after = 0;
    };
    Seen seen() const;

    /// Waits until `done` holds for what was seen; false after ten seconds.
    bool eventually(std::function<bool(const Seen&)> done) const;

    /// What the handlers share with the test.
    struct Shared;

private:
    infra::SystemClock clock_;
    infra::RandomIds ids_{clock_};
    CapturedLog log_;
    boost::asio::thread_pool io_{2};
    core::TaskScope scope_{"connections", log_};
    std::shared_ptr<Shared> shared_;
    api::MethodTable methods_;
    std::unique_ptr<api::Gateway> gateway_;
    std::uint16_t port_ = 0;
    bool drained_ = false;
};

/// A client that says exactly the bytes it is told to.
class RawClient {
public:
    explicit RawClient(std::uint16_t port);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void send(std::string_view bytes);
    void end_sending();

    struct Answer {
        int status = 0;
        std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case
        std::string body;
        /// Of the field; empty when it is not there.
        std::string field(std::string_view name) const;
    };

    /// The next answer; none when the connection ended instead. `head_only`: the answer to HEAD.
    enum class Body { Read, Absent };
    std::optional<Answer> answer(Body body = Body::Read);
    /// Sends a request and reads its answer.
    std::optional<Answer> ask(std::string_view bytes);

    /// Reads until `text` has come; false when the connection ended or nothing came for ten seconds.
    bool reads(std::string_view text);
    /// True when the server has closed, within ten seconds.
    bool closed();
    const std::string& received() const noexcept { return received_; }
    int socket() const noexcept { return socket_; }

private:
    bool read_more();

    int socket_ = -1;
    std::string received_;
};

}  // namespace boternity::testing
