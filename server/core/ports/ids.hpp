#pragma once

#include "types/id.hpp"

namespace boternity::core {

/// The only source of new ids. Ids made by one source rise strictly (RFC 9562 section 6.2, method 1).
/// Threads: any; never blocks.
class Ids {
public:
    virtual ~Ids() = default;
    virtual Uuid next() = 0;

    template <class IdType>
    IdType make() {
        return IdType{next()};
    }
};

}  // namespace boternity::core
