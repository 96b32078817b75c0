#include "cli/chat_turn.hpp"

#include "cli/interrupts.hpp"
#include "cli/json_fields.hpp"
#include "cli/run_follower.hpp"
#include "cli/run_view.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

namespace boternity::cli {
namespace {

namespace json = boost::json;

/// One turn and the Ctrl-Cs during it. Everything runs on the connection's io_context.
class Turn {
public:
    Turn(Invocation& invocation, const std::string& prefix)
        : server_(invocation.server()),
          out_(invocation.out()),
          view_(invocation.out()),
          follower_(
              server_, [this](const json::object& event) { return on_event(event); },
              [this] {
                  view_.end_line();
                  out_.note("(the connection broke; connecting again)");
              }) {
        view_.set_prefix(prefix);
    }

    Answer<ExitCode> run(const std::string& session, Said said) {
        const Interrupts interrupts(server_.io(), [this] { on_interrupt(); });
        const auto end = server_.run(follower_.send(session, std::move(said), stop_.get_token()));
        view_.end_line();
        // What cancels the run refers to this object: it ends within the connection's patience.
        while (cancelling_) server_.io().run_one();
        if (interrupts_ > 0) return interrupted();
        if (!end) return std::unexpected(end.error());
        return exit_of(*end, view_);
    }

private:
    bool on_event(const json::object& event) {
        if (interrupts_ > 0 && !cancel_sent_) cancel();
        return view_.show(event);
    }

    void on_interrupt() {
        ++interrupts_;
        if (interrupts_ > 1) {
            stop_.request_stop();
            return;
        }
        view_.end_line();
        out_.note("(cancelling; Ctrl-C again leaves it to itself)");
        // Before its first event the run has no name yet: it is cancelled as soon as that comes.
        if (!follower_.run().empty()) cancel();
    }

    void cancel() {
        cancel_sent_ = true;
        cancelling_ = true;
        Request request{.method = "POST",
                        .path = "/api/v1/runs/" + segment(follower_.run()) + ":cancel",
                        .body = json::object{{"idempotency_key", server_.new_key()}}};
        boost::asio::co_spawn(server_.io(), server_.ask(std::move(request), stop_.get_token()),
                              [this](const std::exception_ptr&, const Answer<json::object>& answer) {
                                  cancelling_ = false;
                                  // A run that ended in the same moment is refused (409): nothing is left to
                                  // do.
                                  if (!answer && answer.error().exit == ExitCode::NoServer)
                                      stop_.request_stop();
                              });
    }

    Connection& server_;
    Output& out_;
    RunView view_;
    RunFollower follower_;
    std::stop_source stop_;
    int interrupts_ = 0;
    bool cancel_sent_ = false;
    bool cancelling_ = false;
};

}  // namespace

Answer<std::string> new_session(Invocation& invocation, const std::string& bot) {
    BOT_TRY(session, invocation.server().call(
                         {.method = "POST",
                          .path = "/api/v1/bots/" + segment(bot) + "/sessions",
                          .body = json::object{{"idempotency_key", invocation.server().new_key()}}}));
    return text_field(session, "id");
}

Answer<ExitCode> chat_turn(Invocation& invocation, const std::string& session, Said said,
                           const std::string& prefix) {
    return Turn(invocation, prefix).run(session, std::move(said));
}

}  // namespace boternity::cli
