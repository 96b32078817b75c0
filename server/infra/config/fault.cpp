#include "infra/config/fault.hpp"

#include <fmt/format.h>

namespace boternity::infra {

std::string ConfigFault::place() const {
    if (line == 0) return source;
    return column == 0 ? fmt::format("{}:{}", source, line) : fmt::format("{}:{}:{}", source, line, column);
}

std::string ConfigFault::text() const {
    return fmt::format("{}: {}", place(), message);
}

}  // namespace boternity::infra
