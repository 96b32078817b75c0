#include "core/bots/default_soul.hpp"

#include <fmt/format.h>

namespace boternity::core {

std::string default_soul(std::string_view name) {
    return fmt::format("# {0}\n\n"
                       "You are {0}, a friendly and honest companion.\n\n"
                       "- Answer briefly and clearly, in the language you are spoken to.\n"
                       "- Say so when you do not know something.\n",
                       name);
}

}  // namespace boternity::core
