// Any bytes may come as an expression: the library behind the tool must take them without harm.
#include "infra/tools/calculate.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    (void)boternity::infra::calculate(std::string(reinterpret_cast<const char*>(data), size));
    return 0;
}
