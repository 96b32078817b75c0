#include "options.hpp"

#include <fstream>

namespace boternity::bench {

Options::Options(int count, char** words) {
    for (int i = 0; i < count; i += 2) {
        const std::string name = words[i];
        if (!name.starts_with("--") || i + 1 >= count)
            throw std::runtime_error("expected --name value: " + name);
        values_[name.substr(2)] = words[i + 1];
    }
}

std::string Options::text(const std::string& name, const std::string& otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
}

double Options::number(const std::string& name, double otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : std::stod(found->second);
}

std::vector<std::string> Options::lines(const std::string& name) const {
    std::ifstream file(text(name));
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);) out.push_back(line);
    if (out.empty()) throw std::runtime_error("--" + name + " must name a file with lines");
    return out;
}

}  // namespace boternity::bench
