#include "infra/llm/model_files/model_shelf.hpp"

#include "infra/llm/llama_cpp/model.hpp"
#include "infra/llm/llama_cpp/model_facts.hpp"
#include "infra/llm/wire/json_reading.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace boternity::infra::llm {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Kept free on the disk: the database writes there too.
constexpr std::uint64_t kReserve = 64 * 1024 * 1024;
constexpr auto kKeptHalf = std::chrono::hours(24 * 7);

Error disk_error(std::string_view doing, int code) {
    const std::string why = std::generic_category().message(code);
    if (code == ENOSPC || code == EDQUOT || code == EFBIG)
        return {.code = ErrorCode::StorageFull,
                .message = "The disk is full: free space where the models are, and try again.",
                .detail = why};
    return {.code = ErrorCode::Unavailable,
            .message = fmt::format("The models' folder cannot be written ({}); look after the disk and its "
                                   "permissions.",
                                   why),
            .detail = std::string(doing)};
}

/// A rename or a removal is durable once its folder is.
void sync_folder(const fs::path& folder) {
    const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return;
    ::fsync(file);
    ::close(file);
}

std::string text_of(const ModelNote& note, std::string_view name) {
    return json::serialize(json::object{{"file", fmt::format("{}.gguf", name)},
                                        {"sha256", note.sha256},
                                        {"license", note.license},
                                        {"source", note.source},
                                        {"added_at", note.added_at.text()}}) +
           "\n";
}

}  // namespace

fs::path ModelShelf::file_of(std::string_view name) const {
    return folder_ / fmt::format("{}.gguf", name);
}

Result<fs::path> ModelShelf::workplace_blocking(std::string_view key) const {
    std::error_code error;
    const bool made = fs::create_directories(folder_, error);
    if (made) fs::permissions(folder_, fs::perms::owner_all, error);
    if (error) return fail(disk_error("making the folder", error.value()));
    return folder_ / fmt::format(".{}.part", key);
}

Status ModelShelf::check_room_blocking(std::uint64_t bytes) const {
    std::error_code error;
    const auto space = fs::space(folder_, error);
    if (error || space.available >= bytes + kReserve) return {};
    return fail(ErrorCode::StorageFull,
                fmt::format("It needs {} MB and {} MB are free on the disk of the models; free some space.",
                            (bytes + kReserve) / 1'000'000, space.available / 1'000'000));
}

Status ModelShelf::place_blocking(const fs::path& from, std::string_view name, const ModelNote& note) const {
    const fs::path file = file_of(name);
    const fs::path noted = folder_ / fmt::format("{}.json", name);
    const fs::path half = folder_ / fmt::format(".{}.json.part", name);
    BOT_TRY(writing, GrowingFile::open_blocking(half, GrowingFile::Begin::Anew));
    BOT_CHECK(writing.append_blocking(text_of(note, name)));
    BOT_CHECK(writing.finish_blocking());
    // A link fails when there is a file of this name, where a rename would replace it.
    if (::link(from.c_str(), file.c_str()) != 0) {
        const int code = errno;
        ::unlink(half.c_str());
        if (code == EEXIST)
            return fail(
                ErrorCode::AlreadyExists,
                fmt::format("There is a model file named {}; choose another name, or remove it first.",
                            name));
        return fail(disk_error("placing the file", code));
    }
    ::unlink(from.c_str());
    if (::rename(half.c_str(), noted.c_str()) != 0) return fail(disk_error("placing the note", errno));
    sync_folder(folder_);
    return {};
}

std::optional<ModelNote> ModelShelf::note_blocking(std::string_view name) const {
    std::ifstream file(folder_ / fmt::format("{}.json", name), std::ios::binary);
    if (!file) return std::nullopt;
    std::string text(64 * 1024, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    const auto value = parse_vendor_json(text);
    if (!value || !value->is_object()) return std::nullopt;
    const json::object& note = value->get_object();
    const auto at = Timestamp::parse(string_in(note, "added_at"));
    return ModelNote{.sha256 = std::string(string_in(note, "sha256")),
                     .license = std::string(string_in(note, "license")),
                     .source = std::string(string_in(note, "source")),
                     .added_at = at.value_or(Timestamp{})};
}

Status ModelShelf::erase_blocking(std::string_view name) const {
    // The note first: a file without one is a model that somebody put there, a note without a file is
    // nothing.
    for (const fs::path& path : {file_of(name), folder_ / fmt::format("{}.json", name)})
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail(disk_error("removing a file", errno));
    sync_folder(folder_);
    return {};
}

void ModelShelf::sweep_blocking() const {
    std::error_code error;
    for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().string();
        if (!name.starts_with('.') || !name.ends_with(".part")) continue;
        std::error_code ignored;
        const auto age = fs::file_time_type::clock::now() - fs::last_write_time(at->path(), ignored);
        if (!ignored && age > kKeptHalf) fs::remove(at->path(), ignored);
    }
}

Result<GrowingFile> GrowingFile::open_blocking(const fs::path& path, Begin begin) {
    const int flags =
        O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (begin == Begin::Anew ? O_TRUNC : O_APPEND);
    const int file = ::open(path.c_str(), flags, S_IRUSR | S_IWUSR);
    if (file < 0) return fail(disk_error("opening a file", errno));
    struct stat about{};
    ::fstat(file, &about);
    return GrowingFile(file, static_cast<std::uint64_t>(about.st_size));
}

GrowingFile::~GrowingFile() {
    if (file_ >= 0) ::close(file_);
}

GrowingFile::GrowingFile(GrowingFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)), size_(other.size_) {}

GrowingFile& GrowingFile::operator=(GrowingFile&& other) noexcept {
    std::swap(file_, other.file_);
    std::swap(size_, other.size_);
    return *this;
}

Status GrowingFile::append_blocking(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t wrote = ::write(file_, bytes.data(), bytes.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return fail(disk_error("writing a file", errno));
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
        size_ += static_cast<std::uint64_t>(wrote);
    }
    return {};
}

Status GrowingFile::finish_blocking() {
    const bool whole = ::fsync(file_) == 0;
    const int code = errno;
    ::close(std::exchange(file_, -1));
    if (!whole) return fail(disk_error("syncing a file", code));
    return {};
}

Result<std::string> file_digest_blocking(const fs::path& path, Digest::Kind kind) {
    std::ifstream file(path, std::ios::binary);
    Digest digest(kind);
    std::string piece(1024 * 1024, '\0');
    while (file) {
        file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        digest.add(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
    }
    if (!file.eof())
        return fail(ErrorCode::Unavailable, fmt::format("The model file {} cannot be read.", path.string()));
    return digest.finish();
}

Result<LlamaModelFile> checked_model_blocking(const fs::path& path, std::string name, std::string_view field,
                                              core::Log& log) {
    const auto refused = [&](std::string_view why, std::string detail) {
        Error error =
            invalid_argument(fmt::format("The file {}, so it was not added.", why), std::string(field));
        error.detail = std::move(detail);
        return fail(std::move(error));
    };
    const auto facts = model_facts_blocking(path);
    if (!facts) return refused("is no whole GGUF model", facts.error().message + " " + facts.error().detail);
    if (!facts->has_chat_template) return refused("is a model without a chat template", facts->architecture);
    LlamaModelFile file{.name = std::move(name), .path = path};
    if (facts->trained_window > 0) file.window_tokens = std::min(file.window_tokens, facts->trained_window);
    if (auto known = LlamaModel::check_blocking(path, log); !known)
        return refused(fmt::format("is of an architecture that this version cannot run ({})",
                                   facts->architecture.substr(0, 60)),
                       known.error().detail);
    return file;
}

}  // namespace boternity::infra::llm
