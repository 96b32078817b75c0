#pragma once

#include "cli/cli.hpp"

#include <map>
#include <string>
#include <vector>

namespace boternity::cli {

/// What a command did, as its caller sees it.
struct Ended {
    int code = -1;
    std::string out;
    std::string err;
};

/// Runs one command in this process, with an environment, a stdin and files of its own.
class CommandRun {
public:
    std::map<std::string, std::string> env{{"HOME", "/nonexistent"}};
    std::string input;
    ServeCommand serve{[](ServeOptions) { return Status{}; }};

    Ended operator()(std::vector<std::string> arguments) const;
};

}  // namespace boternity::cli
