#include "cli/connection.hpp"
#include "cli/tests/fake_server.hpp"
#include "infra/clock/system_clock.hpp"
#include "testing/sequential_ids.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <cstdio>
#include <future>

namespace boternity::cli {
namespace {

/// A connection whose server is looked for again while it is still answering, as when the stream beside a
/// request breaks; it is not found then.
class LookingAgain : public ::testing::Test {
protected:
    LookingAgain()
        : server_([this](const Asked& asked, Answering& to) {
              std::promise<void> looked;
              boost::asio::post(connection_.io(), [&] {
                  connection_.look_again();
                  looked.set_value();
              });
              looked.get_future().wait();
              to.json(asked.target == "/refused" ? 404 : 200, "<html>");
          }) {}

    Answer<Endpoint> locate() {
        if (located_++ > 0) return no_server("It is gone.");
        return Endpoint{.base_url = "http://" + server_.address(), .token = {}};
    }
    void expect_answer_named(const Failure& failure) {
        EXPECT_EQ(failure.code, "unexpected_answer");
        EXPECT_TRUE(failure.message.starts_with("http://" + server_.address())) << failure.message;
    }

    infra::SystemClock clock_;
    testing::SequentialIds ids_;
    int located_ = 0;
    Connection connection_{{.in = stdin,
                            .out = stdout,
                            .err = stderr,
                            .env = [](const char*) { return std::nullopt; },
                            .clock = clock_,
                            .ids = ids_},
                           [this] { return locate(); },
                           std::chrono::seconds(10)};
    FakeServer server_;
};

TEST_F(LookingAgain, ARefusalStillNamesTheServerThatGaveIt) {
    const auto answer = connection_.call({.path = "/refused"});
    ASSERT_FALSE(answer);
    expect_answer_named(answer.error());
}

TEST_F(LookingAgain, AnAnswerStillNamesTheServerThatGaveIt) {
    const auto answer = connection_.call({.path = "/"});
    ASSERT_FALSE(answer);
    expect_answer_named(answer.error());
}

TEST_F(LookingAgain, AStreamStillNamesTheServerThatGaveIt) {
    const auto stream = connection_.run(connection_.open_stream({.path = "/"}, {}));
    ASSERT_FALSE(stream);
    expect_answer_named(stream.error());
}

}  // namespace
}  // namespace boternity::cli
