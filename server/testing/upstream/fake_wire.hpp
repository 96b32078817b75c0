#pragma once

#include "core/llm/model.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::testing {

/// One event of a stream: of an SSE stream, or (without a type) a line of NDJSON.
struct WireEvent {
    std::string type{};
    std::string data{};
};

/// One vendor's format as its servers speak it: reads and checks requests, writes answers. Written apart from
/// the adapter it tests, from the vendor's documents. Stateless.
///
/// Threads  any.
class FakeWire {
public:
    virtual ~FakeWire() = default;

    virtual std::string_view kind() const = 0;       ///< of the providers that speak it
    virtual std::string_view base_path() const = 0;  ///< what base_url has behind the origin; may be empty
    virtual bool lines() const { return false; }     ///< NDJSON instead of server-sent events

    /// The key that a request carries, wherever the vendor wants it; empty for none.
    virtual std::string key_of(const UpstreamRequest& request) const = 0;

    /// What is wrong with a request for an answer: nothing, or one sentence a fault. Stricter than the vendor
    /// where laxness hides mistakes of ours. The keys are checked by the server.
    virtual std::vector<std::string> faults(const UpstreamRequest& request) const = 0;

    /// A request for an answer in our words, as far as it can be read. Names of results may stay empty.
    virtual core::ModelRequest read(const UpstreamRequest& request) const = 0;

    /// The answer to what is no request for an answer, e.g. for the list of models; nothing when it is one.
    virtual std::optional<UpstreamAnswer> queried(const UpstreamRequest& request,
                                                  const std::vector<core::ToldModel>& models) const = 0;

    /// The whole stream, its own end (such as [DONE]) included.
    virtual std::vector<WireEvent> events(const UpstreamAnswer& answer) const = 0;

    /// The answer as one JSON object.
    virtual std::string whole(const UpstreamAnswer& answer) const = 0;

    /// The body of an error, with the vendor's word for this status.
    virtual std::string error_body(int status, std::string_view sentence) const = 0;

    /// The body of the error for a prompt that does not fit, and its status.
    virtual UpstreamAnswer too_long() const = 0;

    /// An error in the middle of a stream that says that the servers are overloaded.
    virtual WireEvent error_event() const = 0;
};

}  // namespace boternity::testing
