#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/strand.hpp>

namespace boternity::core {

namespace asio = boost::asio;

/// A coroutine. Its parameters are taken by value; it resumes on the executor it was started on.
template <class T = void>
using Task = asio::awaitable<T>;

using Executor = asio::any_io_executor;
using Strand = asio::strand<asio::any_io_executor>;

}  // namespace boternity::core
