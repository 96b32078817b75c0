#pragma once

#include <cstdint>
#include <exception>

namespace valijson {
class SchemaParser;
}

namespace boternity::infra {

/// Teaches the parser the words of prepared_schema.hpp.
void add_constraints(valijson::SchemaParser& parser);

/// Thrown through the library when a judgement has cost all it may, or has found more than anybody reads.
struct EnoughWork final : std::exception {};

/// What judgements on this thread may still cost, while it lives. One at a time on a thread.
class WorkBudget {
public:
    WorkBudget();
    ~WorkBudget();
    WorkBudget(const WorkBudget&) = delete;
    WorkBudget& operator=(const WorkBudget&) = delete;
};

}  // namespace boternity::infra
