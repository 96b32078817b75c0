#pragma once

#include "infra/clock/system_clock.hpp"
#include "infra/net/http_client.hpp"
#include "infra/tools/tests/call_tool.hpp"
#include "infra/tools/tools.hpp"
#include "testing/run_task.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace boternity::infra {

/// A client that lets what is for one server of this machine through its guard, and keeps what it was asked.
class LettingIn final : public HttpClient {
public:
    LettingIn(HttpClient& real, std::string origin) : real_(real), origin_(std::move(origin)) {}

    core::Task<Result<std::unique_ptr<HttpExchange>>> start(HttpRequest request,
                                                            core::CallContext context) override {
        asked.push_back(request.egress);
        if (request.url.starts_with(origin_ + "/")) request.egress = Egress::Operator;
        return real_.start(std::move(request), std::move(context));
    }

    std::vector<Egress> asked{};

private:
    HttpClient& real_;
    std::string origin_;
};

/// A tool against a server of this machine, all on one thread.
class ServedTool : public ::testing::Test {
protected:
    static testing::UpstreamAnswer answers(int status, std::string body, testing::UpstreamHeaders headers) {
        return testing::UpstreamAnswer::error(status, std::move(body), std::move(headers));
    }

    std::string call(core::Tool& tool, Value::Object arguments, core::CallContext context = {}) {
        auto task = tool.call(invocation_of(std::move(arguments)), std::move(context));
        return heard(testing::run_task(io_, std::move(task)));
    }

    testing::FakeUpstream upstream_{{.checks = false}};
    boost::asio::io_context io_;
    SystemClock clock_;  // deadlines are kept by real timers here
    core::Pool work_{"work", 1, 8};
    std::unique_ptr<HttpClient> real_ = make_curl_http_client(io_.get_executor());
    LettingIn http_{*real_, upstream_.origin()};
};

}  // namespace boternity::infra
