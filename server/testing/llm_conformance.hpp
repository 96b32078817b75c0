#pragma once

#include "core/llm/model.hpp"
#include "core/ports/llm_provider.hpp"
#include "core/runtime/context.hpp"
#include "types/error.hpp"

#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace boternity::testing {

/// What a provider may lack. Each skip needs its reason; what has no word here
/// nobody may skip.
enum class LlmFeature {
    Script,       ///< a test can decide the next answer (`LlmRig::play`); no model that
                  ///< thinks for itself can
    Faults,       ///< there is an upstream that can fail, besides being scripted
    Heard,        ///< a test can read what reached the model (`LlmRig::heard`)
    Tools,        ///< the model can call tools
    StopStrings,  ///< `ModelRequest::stop` ends the answer
    Usage,        ///< an ordinary answer ends with a usage
    List,         ///< there is a server that tells which models it has
    ForcedTools,  ///< a call of any tool, or of a certain one, can be demanded
    OneCall,      ///< several calls in one answer can be forbidden
    Schema,       ///< an answer can be held to a JSON Schema
    Images,       ///< the model can be shown images
    Documents,    ///< the model can be given documents
    Reasoning,    ///< the model tells its reasoning and wants it back with the calls that came of it
    Effort,       ///< how much it thinks can be asked for
    Refusal,      ///< an answer can end because the provider will not give it
    Why,          ///< a refusal comes with what the provider says of it
};

/// How the upstream fails in the next call.
enum class LlmFault {
    None,
    KeyRefused,        ///< UpstreamAuth
    TooManyRequests,   ///< UpstreamRateLimited, retry after 7 seconds
    RequestRefused,    ///< UpstreamRefused
    ServerError,       ///< UpstreamFailed
    CutInMidStream,    ///< some text, then the connection breaks: UpstreamFailed
    EndWithoutReason,  ///< some text, then a clean end of the body without any end
                       ///< marker: UpstreamFailed
    Garbage,           ///< some text, then what no reader can parse: UpstreamFailed
};

/// Where the next answer stands still until its reader goes away.
enum class LlmHold { Never, BeforeHeaders, BeforeFirstPiece, InMidStream };

/// What the model behind the provider is to do with the next call, in words
/// every vendor's fake can follow.
struct LlmPlay {
    std::vector<core::ReasoningPart> reasoning{};  ///< before the text; their states are made by the vendor
    std::string text{};
    std::vector<core::ToolCall> calls{};  ///< after the text; StopReason::ToolCalls then
    core::StopReason stop = core::StopReason::Stop;
    std::string why{};  ///< of a refusal
    std::optional<core::Usage> usage{};
    LlmFault fault = LlmFault::None;
    LlmHold hold = LlmHold::Never;
};

/// A provider made ready for one test case, with the levers that the suite
/// pulls.
///
/// Without a play the model must answer any question with at least twenty
/// tokens when it is allowed them, must obey max_output_tokens and stop
/// strings, and must refuse what exceeds its window.
///
/// Lifetime  made in SetUp and destroyed in TearDown of one case, after all
/// streams. Threads   called from the test's thread.
class LlmRig {
public:
    virtual ~LlmRig() = default;
    virtual core::LlmProvider& provider() = 0;
    virtual std::string model() const = 0;  ///< one that it has
    /// One that can be told how much to think. Feature Effort or Reasoning.
    virtual std::string thinking_model() const { return model(); }

    /// Decides the next answer. Feature Script.
    virtual void play(LlmPlay play);

    /// The messages and tools of the last call as they reached the model. Feature
    /// Heard.
    virtual core::ModelRequest heard();

    /// Blocks until a call that stands still has reached the upstream / has been
    /// given up by the provider. False after `wait`. Feature Script.
    virtual bool wait_held(std::chrono::milliseconds wait);
    virtual bool wait_given_up(std::chrono::milliseconds wait);
};

/// One provider that signs the suite:
///
///     INSTANTIATE_TEST_SUITE_P(OpenAi, LlmConformance,
///         ::testing::Values(LlmUnderTest{
///             .name = "over_fake_upstream",
///             .make = [](core::Executor executor) { return
///             std::make_unique<OpenAiRig>(executor); }, .skip =
///             {{LlmFeature::Tools, "the vendor has none"}}}),
///         name_of_llm_under_test);
struct LlmUnderTest {
    std::string name{};
    /// `executor` runs on two threads while the case lasts.
    std::function<std::unique_ptr<LlmRig>(core::Executor executor)> make{};
    std::map<LlmFeature, std::string> skip{};  ///< feature, reason
    /// What of a usage the format can tell: the identity unless stated.
    std::function<core::Usage(core::Usage)> tells = [](core::Usage usage) { return usage; };
    std::chrono::milliseconds promptness{2'000};  ///< within which a cancelled call must have returned
    std::chrono::milliseconds patience{60'000};   ///< within which an ordinary answer must have ended
    int least_output_tokens = 5;                  ///< a limit that the vendor takes
    int parallel = 32;                            ///< streams at once in the parallel case
};

/// What a case is called in lists of tests, instead of its bytes.
// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
void PrintTo(const LlmUnderTest& under_test, std::ostream* out);

/// Also what links the suite's cases into a test binary: pass it to
/// INSTANTIATE_TEST_SUITE_P.
std::string name_of_llm_under_test(const ::testing::TestParamInfo<LlmUnderTest>& info);

/// What a reader got of one call.
struct LlmHeardReply {
    std::vector<core::ReplyPiece> pieces{};  ///< without the end
    std::optional<core::ReplyEnd> end{};
    std::optional<Error> error{};

    std::string text() const;                   ///< all text pieces joined
    std::vector<core::ToolCall> calls() const;  ///< tool call pieces joined by index, without states
    core::PromptMessage message() const;        ///< as it is sent back to the model later
    std::string outcome() const;                ///< the error's code name, or "end"
};

/// The cases every LlmProvider must pass.
class LlmConformance : public ::testing::TestWithParam<LlmUnderTest> {
protected:
    void SetUp() override;
    void TearDown() override;

    /// Ends the case as skipped, with the reason, when the provider lacks the
    /// feature.
    bool lacks(LlmFeature feature);

    core::ModelRequest ask(std::string text) const;
    std::future<LlmHeardReply> start(core::ModelRequest request, core::CallContext context = {});
    /// Starts and waits up to `patience`.
    LlmHeardReply tell(core::ModelRequest request, core::CallContext context = {});
    LlmHeardReply await_reply(std::future<LlmHeardReply>& reply, std::chrono::milliseconds wait);
    Result<int> count(core::ModelRequest request);

    core::Executor executor() { return threads_->get_executor(); }
    core::LlmProvider& provider() { return rig_->provider(); }

    std::unique_ptr<boost::asio::thread_pool> threads_;
    std::unique_ptr<LlmRig> rig_;
};

}  // namespace boternity::testing
