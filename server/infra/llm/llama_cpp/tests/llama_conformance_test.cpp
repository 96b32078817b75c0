#include "infra/llm/llama_cpp/tests/llama_rig.hpp"
#include "testing/llm_conformance.hpp"

#include <memory>

namespace boternity::testing {
namespace {

constexpr std::string_view kThinksForItself = "a model thinks for itself";

/// The model that ships, in this process.
class LlamaConformanceRig final : public LlmRig {
public:
    explicit LlamaConformanceRig(const core::Executor& executor) {
        auto options = infra::llm::smol_options();
        options.timers = executor;
        provider_ = infra::llm::make_llama_provider(std::move(options), inference_, log_);
    }
    ~LlamaConformanceRig() override {
        provider_.reset();
        inference_.join();
    }
    core::LlmProvider& provider() override { return *provider_; }
    std::string model() const override { return "smollm2-135m"; }

private:
    core::Pool inference_{"inference", 1, 64};
    CapturedLog log_;
    std::shared_ptr<core::LlmProvider> provider_;
};

INSTANTIATE_TEST_SUITE_P(
    LlamaCpp, LlmConformance,
    ::testing::Values(LlmUnderTest{
        .name = "smollm2",
        .make = [](core::Executor executor) { return std::make_unique<LlamaConformanceRig>(executor); },
        .skip = {{LlmFeature::Script, std::string(kThinksForItself)},
                 {LlmFeature::Faults, "there is no upstream"},
                 {LlmFeature::Heard, "what a model reads are tokens: model_test.cpp looks at those"}},
        .patience = std::chrono::milliseconds(100'000)}),
    name_of_llm_under_test);

}  // namespace
}  // namespace boternity::testing
