#include "infra/llm/anthropic/anthropic_api.hpp"
#include "infra/llm/tests/remote_rig.hpp"

#include <gtest/gtest.h>

namespace boternity::testing {
namespace {

RemoteVendor anthropic() {
    return {.name = "Anthropic",
            .api = &infra::make_anthropic,
            .wire = &anthropic_wire(),
            .thinking_model = "claude-sonnet-5"};
}

INSTANTIATE_TEST_SUITE_P(Anthropic, LlmConformance, ::testing::ValuesIn(in_all_shapes(anthropic())),
                         name_of_llm_under_test);

}  // namespace
}  // namespace boternity::testing
