#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace boternity::bench {

/// The words behind the mode: `--name value` pairs. Throws std::runtime_error on anything else.
class Options {
public:
    Options(int count, char** words);

    std::string text(const std::string& name, const std::string& otherwise = "") const;
    double number(const std::string& name, double otherwise) const;
    /// The lines of the file that the option names.
    std::vector<std::string> lines(const std::string& name) const;

private:
    std::map<std::string, std::string> values_;
};

}  // namespace boternity::bench
