// What llama.cpp's grammar of schemas uses of its common.cpp, which would bring samplers, downloads and more
// along.
#include "common.h"

#include <string>
#include <vector>

std::string string_repeat(const std::string& text, size_t times) {
    std::string all;
    all.reserve(text.size() * times);
    for (size_t i = 0; i < times; ++i) all += text;
    return all;
}

std::string string_join(const std::vector<std::string>& values, const std::string& separator) {
    std::string all;
    for (size_t i = 0; i < values.size(); ++i) {
        if (i > 0) all += separator;
        all += values[i];
    }
    return all;
}

std::vector<std::string> string_split(const std::string& text, const std::string& separator) {
    std::vector<std::string> parts;
    size_t begin = 0;
    for (size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, begin)) {
        parts.push_back(text.substr(begin, end - begin));
        begin = end + separator.size();
    }
    parts.push_back(text.substr(begin));
    return parts;
}
