#pragma once

#include "core/llm/model.hpp"
#include "core/llm/provider.hpp"
#include "core/runtime/task.hpp"
#include "infra/llm/catalog/model_catalog.hpp"
#include "infra/llm/wire/reply_decoder.hpp"
#include "infra/net/http_client.hpp"
#include "types/result.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::infra {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// How the pieces of a streamed answer are told apart.
enum class Framing { Events, Lines };  ///< server-sent events; one JSON object a line

/// Asks the provider's server something that costs nothing: a path below base_url, and a JSON body for a
/// POST, empty for a GET. Errors as LlmProvider::open.
using RemoteQuery =
    std::function<core::Task<Result<boost::json::object>>(std::string path, std::string body)>;

/// What does not change of one vendor's API.
struct RemoteTraits {
    std::string_view kind;              ///< what a provider's configuration calls it
    std::string_view format;            ///< what its answers are called, for people
    std::string_view default_base_url;  ///< empty when there is none
    std::string_view address_advice;    ///< ends the sentence "check the base_url, which ..."
    Framing framing = Framing::Events;
    /// The most that a model's window is taken for unless a person states it: where more costs memory. 0:
    /// any.
    int usual_window_tokens = 0;
};

/// One request for an answer, below base_url.
struct RemoteCall {
    std::string path;
    std::string body;
};

/// How one vendor's API is spoken: everything that differs between providers reached over HTTP. Stateless.
///
/// Threads  any.
class RemoteApi {
public:
    virtual ~RemoteApi() = default;
    virtual const RemoteTraits& traits() const noexcept = 0;

    /// What every request carries; `key` may be empty. By itself: a bearer token (RFC 6750), if there is a
    /// key.
    virtual HttpHeaders headers(std::string_view key) const;

    /// InvalidArgument when the request breaks the rules of messages.
    virtual Result<RemoteCall> encode(const core::ModelRequest& request, const ModelFacts& facts) const = 0;

    /// `secret` is hidden in what the vendor says of a failure.
    virtual std::unique_ptr<ReplyDecoder> decoder(std::string secret) const = 0;

    /// Why a request failed, of the answer's head and beginning. By itself: upstream_error().
    virtual Error error(const HttpHead& head, std::string_view body, std::string_view secret) const;

    /// The models that its server has now. By itself: the list at /models, as OpenAI has it.
    virtual core::Task<Result<std::vector<core::ToldModel>>> list(RemoteQuery query) const;
};

}  // namespace boternity::infra
