#include "infra/llm/model_files/local_model_files.hpp"

#include "infra/llm/llama_cpp/model_folder.hpp"
#include "infra/llm/model_files/model_pull.hpp"
#include "infra/llm/model_files/model_shelf.hpp"
#include "infra/llm/model_files/model_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <utility>

namespace boternity::infra::llm {
namespace {

namespace fs = std::filesystem;
using core::LocalModel;
using core::run_on;
using core::Task;

std::string lower_hex(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    return text;
}

Error unusable(const std::string& path, std::string_view why) {
    return invalid_argument(fmt::format("{} {}.", path, why), "path");
}

/// Copies a file of this machine to its workplace; answers its SHA-256.
Result<std::string> copy_blocking(const ModelShelf& shelf, const std::string& path, const fs::path& to) {
    // A pipe or a device would hold up the open, and never end.
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return fail(unusable(path, errno == ENOENT ? "is not there, on the server's machine"
                                                   : "cannot be read by the server"));
    }
    struct Close {
        int file;
        ~Close() { ::close(file); }
    } const close{file};
    struct stat about{};
    if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
        return fail(unusable(path, "is no regular file"));
    BOT_CHECK(shelf.check_room_blocking(static_cast<std::uint64_t>(about.st_size)));
    BOT_TRY(copy, GrowingFile::open_blocking(to, GrowingFile::Begin::Anew));
    Digest digest(Digest::Kind::Sha256);
    std::string piece(1024 * 1024, '\0');
    for (;;) {
        const ssize_t got = ::read(file, piece.data(), piece.size());
        if (got < 0) return fail(unusable(path, "cannot be read to its end"));
        if (got == 0) break;
        const std::string_view bytes = std::string_view(piece).substr(0, static_cast<std::size_t>(got));
        digest.add(bytes);
        BOT_CHECK(copy.append_blocking(bytes));
    }
    BOT_CHECK(copy.finish_blocking());
    return digest.finish();
}

class LocalModelFiles final : public core::ModelFiles {
public:
    explicit LocalModelFiles(ModelFilesNeeds needs) : needs_(std::move(needs)), shelf_(needs_.folder) {}

    Task<Result<LocalModel>> add(core::NewModelFile wanted, core::CallContext context) override {
        if (!wanted.source.starts_with('/')) {
            co_return fail(invalid_argument(
                "path must be absolute: it is one of the server's machine, for example /srv/model.gguf.",
                "path"));
        }
        if (wanted.name.empty()) wanted.name = model_name_of(wanted.source);
        wanted.sha256 = lower_hex(std::move(wanted.sha256));
        auto copying = run_on(needs_.files, &prepare_blocking, shelf_, wanted);
        BOT_CO_TRY(file, co_await std::move(copying));
        auto finishing = finish(file, "path", context);
        auto model = co_await std::move(finishing);
        auto cleaning = run_on(needs_.files, &remove_blocking, file.path);
        (void)co_await std::move(cleaning);
        co_return model;
    }

    Task<Result<std::unique_ptr<core::ModelPull>>> pull(core::NewModelFile wanted,
                                                        core::CallContext context) override {
        BOT_CO_TRY(source, parse_model_source(wanted.source));
        if (source.kind == ModelSource::Kind::Address && wanted.sha256.empty()) {
            co_return fail(invalid_argument(
                "An address needs the sha256 of its file, so that it is known what comes.", "sha256"));
        }
        if (wanted.name.empty()) wanted.name = model_name_of(source.path.substr(0, source.path.find('?')));
        wanted.sha256 = lower_hex(std::move(wanted.sha256));
        if (busy_->exchange(true)) {
            co_return fail(Error{.code = ErrorCode::Unavailable,
                                 .message = "Another model is being pulled; wait for its end.",
                                 .retry_after = std::chrono::seconds(10)});
        }
        auto finish_here = [this, context](FinishedFile file) {
            return finish(std::move(file), "source", context);
        };
        co_return std::make_unique<LocalModelPull>(needs_, std::move(source), std::move(wanted),
                                                   std::move(finish_here), busy_);
    }

    Task<Result<LocalModel>> find(std::string name, core::CallContext context) override {
        auto finding = needs_.models->find(name, std::move(context));
        BOT_CO_TRY(model, co_await std::move(finding));
        auto noting = run_on(needs_.files, &noted_blocking, shelf_, std::move(model));
        co_return co_await std::move(noting);
    }

    Task<Status> remove(std::string name, core::CallContext context) override {
        auto finding = find(name, std::move(context));
        BOT_CO_TRY(model, co_await std::move(finding));
        if (model.source.empty() || fs::path(model.path) != shelf_.file_of(name)) {
            co_return fail(ErrorCode::WrongState,
                           fmt::format("local/{} was not added here; remove its file {} yourself and restart "
                                       "the server.",
                                       name, model.path));
        }
        needs_.models->remove(name);
        auto erasing = run_on(
            needs_.files, [](ModelShelf shelf, std::string of) { return shelf.erase_blocking(of); }, shelf_,
            name);
        BOT_CO_CHECK(co_await std::move(erasing));
        needs_.log.write(core::LogLevel::Info, "model_removed", {{"model", name}});
        co_return Status{};
    }

private:
    static Result<FinishedFile> prepare_blocking(ModelShelf shelf, core::NewModelFile wanted) {
        BOT_TRY(place, shelf.workplace_blocking(wanted.name + ".add"));
        auto digest = copy_blocking(shelf, wanted.source, place);
        if (digest && !wanted.sha256.empty() && *digest != wanted.sha256) {
            digest = fail(invalid_argument(
                fmt::format("The checksum of {} is wrong: {} was expected and it is {}. Nothing was added.",
                            wanted.source, wanted.sha256, *digest),
                "sha256"));
        }
        if (!digest) {
            std::error_code ignored;
            fs::remove(place, ignored);
            return fail(std::move(digest).error());
        }
        return FinishedFile{.path = place,
                            .name = wanted.name,
                            .note = {.sha256 = std::move(*digest), .source = wanted.source}};
    }

    static Result<bool> remove_blocking(fs::path path) {
        std::error_code ignored;
        fs::remove(path, ignored);
        return true;
    }

    static Result<LlamaModelFile> place_blocking(ModelShelf shelf, FinishedFile file, std::string field,
                                                 core::Log* log) {
        BOT_TRY(model, checked_model_blocking(file.path, file.name, field, *log));
        BOT_CHECK(shelf.place_blocking(file.path, file.name, file.note));
        model.path = shelf.file_of(file.name);
        return model;
    }

    /// With its checksum, which is computed of a file that nobody added here.
    static Result<LocalModel> noted_blocking(ModelShelf shelf, LocalModel model) {
        const bool here = fs::path(model.path) == shelf.file_of(model.name);
        if (const auto note = here ? shelf.note_blocking(model.name) : std::nullopt) {
            model.sha256 = note->sha256;
            model.source = note->source;
            model.added_at = note->added_at;
            if (model.license.empty()) model.license = note->license;
            return model;
        }
        BOT_TRY(digest, file_digest_blocking(model.path, Digest::Kind::Sha256));
        model.sha256 = std::move(digest);
        return model;
    }

    /// Checks it, gives it its place, and lets it be used. The same file of the same name again is no error.
    Task<Result<LocalModel>> finish(FinishedFile file, std::string field, core::CallContext context) {
        auto finding = find(file.name, context);
        if (const auto there = co_await std::move(finding)) {
            if (there->sha256 == file.note.sha256) co_return *there;
            co_return fail(Error{.code = ErrorCode::AlreadyExists,
                                 .message = fmt::format("There is another model local/{}; choose a name, or "
                                                        "remove it first.",
                                                        file.name),
                                 .field = "name"});
        }
        file.note.added_at = needs_.clock.now();
        const std::string name = file.name;
        auto placing =
            run_on(needs_.files, &place_blocking, shelf_, std::move(file), std::move(field), &needs_.log);
        BOT_CO_TRY(placed, co_await std::move(placing));
        BOT_CO_CHECK(needs_.models->add(std::move(placed)));
        needs_.log.write(core::LogLevel::Info, "model_added", {{"model", name}});
        co_return co_await find(name, std::move(context));
    }

    ModelFilesNeeds needs_;
    ModelShelf shelf_;
    std::shared_ptr<std::atomic<bool>> busy_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace

std::unique_ptr<core::ModelFiles> make_local_model_files(ModelFilesNeeds needs) {
    return std::make_unique<LocalModelFiles>(std::move(needs));
}

}  // namespace boternity::infra::llm
