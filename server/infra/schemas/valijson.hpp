#pragma once

// The library with exceptions: without them a schema that is none would end the process.
#define VALIJSON_USE_EXCEPTIONS 1

#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
