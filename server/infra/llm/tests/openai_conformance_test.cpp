#include "infra/llm/openai/openai_chat.hpp"
#include "infra/llm/tests/remote_rig.hpp"

#include <gtest/gtest.h>

namespace boternity::testing {
namespace {

RemoteVendor openai() {
    return {.name = "OpenAi",
            .api = &infra::make_openai_chat,
            .wire = &chat_wire(),
            .thinking_model = "gpt-5.4",
            .skip = {{LlmFeature::Why, "its refusal is said as the answer's text"}}};
}

INSTANTIATE_TEST_SUITE_P(OpenAi, LlmConformance, ::testing::ValuesIn(in_all_shapes(openai())),
                         name_of_llm_under_test);

}  // namespace
}  // namespace boternity::testing
