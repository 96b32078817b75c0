#pragma once

#include "infra/store/soci/write_name.hpp"

#include <string>
#include <vector>

namespace boternity::infra::store {

/// On which side of a commit.
enum class CommitSide { Before, After };

/// Ends the process as kill -9 does when BOTERNITY_CRASH_AT names this point: NAME.before or NAME.after, with
/// :N behind it the N-th time. Costs one comparison when it names nothing. For tests of what a crash leaves.
void crash_point(WriteName name, CommitSide side);

/// All there are, in the words of BOTERNITY_CRASH_AT.
std::vector<std::string> crash_point_names();

}  // namespace boternity::infra::store
