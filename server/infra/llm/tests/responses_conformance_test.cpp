#include "infra/llm/openai_responses/openai_responses.hpp"
#include "infra/llm/tests/remote_rig.hpp"

#include <gtest/gtest.h>

namespace boternity::testing {
namespace {

RemoteVendor openai_responses() {
    return {.name = "OpenAiResponses",
            .api = &infra::make_openai_responses,
            .wire = &responses_wire(),
            .least_output_tokens = 16,
            .thinking_model = "gpt-5.4",
            .skip = {{LlmFeature::StopStrings, "the format has none"},
                     {LlmFeature::Why, "its refusal is said as the answer's text"}}};
}

INSTANTIATE_TEST_SUITE_P(OpenAiResponses, LlmConformance,
                         ::testing::ValuesIn(in_all_shapes(openai_responses())), name_of_llm_under_test);

}  // namespace
}  // namespace boternity::testing
