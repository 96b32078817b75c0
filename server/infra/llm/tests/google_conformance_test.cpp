#include "infra/llm/google/google_api.hpp"
#include "infra/llm/tests/remote_rig.hpp"

#include <gtest/gtest.h>

namespace boternity::testing {
namespace {

RemoteVendor google() {
    return {.name = "Google",
            .api = &infra::make_google,
            .wire = &google_wire(),
            .thinking_model = "gemini-2.5-flash",
            .skip = {{LlmFeature::OneCall, "the format has no word for it"}},
            .tells = [](core::Usage usage) {
                usage.cache_write_tokens = 0;  // caches are made by calls of their own
                return usage;
            }};
}

INSTANTIATE_TEST_SUITE_P(Google, LlmConformance, ::testing::ValuesIn(in_all_shapes(google())),
                         name_of_llm_under_test);

}  // namespace
}  // namespace boternity::testing
