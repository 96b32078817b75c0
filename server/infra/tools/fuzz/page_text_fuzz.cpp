// A page, before it a line with what its server says it is: any bytes may come.
#include "infra/tools/page_text.hpp"
#include "infra/tools/tools.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace boternity::infra;
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const auto line = all.find('\n');
    const auto type = parse_media_type(all.substr(0, line));
    std::string bytes(line == std::string_view::npos ? std::string_view() : all.substr(line + 1));
    const std::string charset = type.charset.empty() ? charset_in_html(bytes) : type.charset;
    const std::string text = html_to_text(to_utf8(std::move(bytes), charset), "https://example.org/a/b");
    if (text.size() > kMostAnswerBytes) std::abort();
    return 0;
}
