#include "infra/llm/openai/openai_responses.hpp"
#include "infra/llm/tests/remote_rig.hpp"

#include <gtest/gtest.h>

namespace boternity::testing {
namespace {

RemoteVendor openai_responses() {
    return {.name = "OpenAiResponses",
            .api = &infra::make_openai_responses,
            .wire = &responses_wire(),
            .thinking_model = "gpt-5.4",
            .skip = {{LlmFeature::StopStrings, "the format has none"}}};
}

INSTANTIATE_TEST_SUITE_P(OpenAiResponses, LlmConformance, ::testing::ValuesIn(in_all_shapes(openai_responses())),
                         name_of_llm_under_test);

}  // namespace
}  // namespace boternity::testing
