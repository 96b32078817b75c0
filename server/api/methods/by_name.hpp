#pragma once

#include <string>
#include <string_view>

namespace boternity::api {

/// The value of an enum of the contract that has this name. Its values have the names that core gives, so the
/// generated tables translate.
template <class Enum, class Parse>
Enum by_name(Parse parse, std::string_view name, Enum otherwise) {
    Enum value = otherwise;
    return parse(std::string(name), &value) ? value : otherwise;
}

}  // namespace boternity::api
