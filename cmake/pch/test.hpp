#pragma once

// Precompiled for unit tests.

#include "core.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
