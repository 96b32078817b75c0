#pragma once

#include "infra/llm/remote/remote_api.hpp"
#include "infra/net/http_client.hpp"
#include "testing/llm_conformance.hpp"
#include "testing/upstream/fake_wire.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace boternity::testing {

/// One vendor as the suites see it: its adapter, its fake and what it cannot do.
struct RemoteVendor {
    std::string name{};  ///< of the tests: letters and digits
    std::function<std::shared_ptr<const infra::RemoteApi>()> api{};
    const FakeWire* wire = nullptr;
    std::string model{"tiny"};
    int least_output_tokens = 5;  ///< a limit that it takes
    int window_tokens = 128'000;  ///< of the model
    std::string thinking_model{"tiny"};
    std::map<LlmFeature, std::string> skip{};
    std::function<core::Usage(core::Usage)> tells = [](core::Usage usage) { return usage; };
};

/// How an answer is said on the wire.
struct WireShape {
    std::string name{};
    std::function<void(UpstreamAnswer&)> apply{};
};

/// A provider of the vendor, a real HTTP client and a server on loopback that checks every request.
class RemoteRig final : public LlmRig {
public:
    RemoteRig(const core::Executor& executor, RemoteVendor vendor, WireShape shape);
    ~RemoteRig() override;

    core::LlmProvider& provider() override { return *provider_; }
    std::string model() const override { return vendor_.model; }
    std::string thinking_model() const override { return vendor_.thinking_model; }
    void play(LlmPlay play) override;
    core::ModelRequest heard() override { return upstream_.heard(); }
    bool wait_held(std::chrono::milliseconds wait) override { return upstream_.wait_held(wait); }
    bool wait_given_up(std::chrono::milliseconds wait) override { return upstream_.wait_given_up(wait); }

private:
    RemoteVendor vendor_;
    WireShape shape_;
    FakeUpstream upstream_;
    std::unique_ptr<infra::HttpClient> http_;
    std::shared_ptr<core::LlmProvider> provider_;
};

/// The vendor in each shape: plain; events that end inside of characters; odd lines, byte by byte.
std::vector<LlmUnderTest> in_all_shapes(const RemoteVendor& vendor);

}  // namespace boternity::testing
