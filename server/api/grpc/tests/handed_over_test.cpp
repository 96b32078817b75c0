#include "api/grpc/handed_over.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <vector>

namespace boternity::api {
namespace {

using namespace std::chrono_literals;
using Added = HandedOver::Added;
using Standing = HandedOver::Standing;

/// Two ends of a connection: ours, which is handed over, and the client's.
class Pair {
public:
    Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
    ~Pair() {
        close();
        ::close(ends_[1]);
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    int ours() const { return ends_[0]; }
    void close() {
        if (ends_[0] >= 0) ::close(ends_[0]);
        ends_[0] = -1;
    }
    /// Whether the client was told of an end.
    bool ended() const {
        char byte = 0;
        return ::recv(ends_[1], &byte, 1, MSG_DONTWAIT) == 0;
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

class HandedOverSockets : public ::testing::Test {
protected:
    Added add(const Pair& pair, std::size_t most) { return sockets_.add(pair.ours(), most, now_ += 1s); }

    HandedOver sockets_;
    HandedOver::Moment now_{};
};

TEST_F(HandedOverSockets, ForgetWhatAnotherOwnerHasClosed) {
    Pair first;
    Pair second;
    add(first, 2);
    add(second, 2);
    const int number = first.ours();
    first.close();
    Pair other;  // takes the freed number, and is another socket all the same
    EXPECT_EQ(other.ours(), number);
    EXPECT_EQ(sockets_.size(HandedOver::Look::Exact), 1u);
    EXPECT_EQ(add(other, 2), Added::Free);
    second.close();
    other.close();
    EXPECT_EQ(sockets_.size(HandedOver::Look::Exact), 0u);
}

TEST_F(HandedOverSockets, EndTheOldestStrangerForANewOne) {
    Pair owner;
    Pair visitor;
    Pair silent;
    for (const auto* pair : {&owner, &visitor, &silent}) EXPECT_EQ(add(*pair, 3), Added::Free);
    sockets_.raise(owner.ours(), Standing::Owner);
    sockets_.raise(owner.ours(), Standing::Visitor);
    sockets_.raise(visitor.ours(), Standing::Visitor);
    Pair next;
    EXPECT_EQ(add(next, 3), Added::Evicting);
    EXPECT_TRUE(visitor.ended());
    EXPECT_FALSE(owner.ended());
    EXPECT_FALSE(silent.ended());
    Pair one_more;
    EXPECT_EQ(add(one_more, 3), Added::Evicting);
    EXPECT_TRUE(silent.ended());
    EXPECT_FALSE(next.ended());
}

TEST_F(HandedOverSockets, EndNoneOfTheOwners) {
    Pair owner;
    EXPECT_EQ(add(owner, 1), Added::Free);
    sockets_.raise(owner.ours(), Standing::Owner);
    Pair next;
    EXPECT_EQ(add(next, 1), Added::Refused);
    EXPECT_FALSE(owner.ended());
    owner.close();
    EXPECT_EQ(add(next, 1), Added::Free);
}

TEST_F(HandedOverSockets, EndTheSilentOnesInTime) {
    Pair visitor;
    Pair old;
    Pair young;
    add(visitor, 9);
    add(old, 9);
    const auto between = now_ + 500ms;
    add(young, 9);
    sockets_.raise(visitor.ours(), Standing::Visitor);
    sockets_.end_silent(between);
    EXPECT_TRUE(old.ended());
    EXPECT_FALSE(visitor.ended());
    EXPECT_FALSE(young.ended());
    EXPECT_EQ(sockets_.size(HandedOver::Look::Cheap), 2u);
}

}  // namespace
}  // namespace boternity::api
