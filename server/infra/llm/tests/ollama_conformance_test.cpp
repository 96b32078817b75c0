#include "infra/llm/ollama/ollama_api.hpp"
#include "infra/llm/tests/remote_rig.hpp"

#include <gtest/gtest.h>

namespace boternity::testing {
namespace {

RemoteVendor ollama() {
    return {.name = "Ollama",
            .api = &infra::make_ollama,
            .wire = &ollama_wire(),
            .window_tokens = 8'192,
            .thinking_model = "gpt-oss",
            .skip = {{LlmFeature::ForcedTools, "the format has no word for it"},
                     {LlmFeature::OneCall, "the format has no word for it"},
                     {LlmFeature::Documents, "the format has no place for them"},
                     {LlmFeature::Effort, "most of its models can be told whether to think, not how much"},
                     {LlmFeature::Refusal, "its servers refuse nothing"}},
            .tells = [](core::Usage usage) {
                usage.cache_read_tokens = usage.cache_write_tokens = usage.reasoning_tokens = 0;
                return usage;
            }};
}

INSTANTIATE_TEST_SUITE_P(Ollama, LlmConformance, ::testing::ValuesIn(in_all_shapes(ollama())),
                         name_of_llm_under_test);

}  // namespace
}  // namespace boternity::testing
