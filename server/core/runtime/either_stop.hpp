#pragma once

#include <stop_token>
#include <utility>

namespace boternity::core {

/// Stops when either of two parties does.
class EitherStop {
public:
    EitherStop(std::stop_token one, std::stop_token other)
        : one_(std::move(one), Request{source_}), other_(std::move(other), Request{source_}) {}
    std::stop_token token() const noexcept { return source_.get_token(); }

private:
    struct Request {
        std::stop_source source;
        void operator()() const { auto(source).request_stop(); }
    };

    std::stop_source source_;
    std::stop_callback<Request> one_;
    std::stop_callback<Request> other_;
};

}  // namespace boternity::core
