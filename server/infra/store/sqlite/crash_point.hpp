#pragma once

#include "infra/store/soci/write_name.hpp"

#include <string>
#include <vector>

namespace boternity::infra::store {

/// On which side of a commit.
enum class CommitSide { Before, After };

/// Where a test wants the process to end as kill -9 ends it. Threads: one.
class CrashPoint {
public:
    /// NAME.before or NAME.after, with :N behind it the N-th time; empty: nowhere.
    explicit CrashPoint(const std::string& wanted);

    /// Ends the process when this is the place. Costs one comparison when there is none.
    void reached(WriteName name, CommitSide side);

    /// All there are.
    static std::vector<std::string> names();

private:
    std::string point_;
    int times_ = 1;  ///< still to come
};

}  // namespace boternity::infra::store
