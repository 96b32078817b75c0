#pragma once

#include <string_view>

namespace boternity::api {

/// A file of the page that shows the API to people. It lives in the binary.
struct DocsFile {
    std::string_view path;  ///< of the URL
    std::string_view content_type;
    std::string_view bytes;
    bool gzipped = false;  ///< `bytes` is compressed
};

/// What a browser may do with the page: load these files and talk to this server, nothing else.
inline constexpr std::string_view kDocsPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The file of that path; null when there is none.
const DocsFile* find_docs_file(std::string_view path) noexcept;

}  // namespace boternity::api
