// Archives that were made to do harm: each is refused whole, before anything of it is believed.
#include "infra/archive/archive_files.hpp"
#include "infra/archive/tests/evil_archives.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdio>
#include <fstream>

namespace boternity::infra {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

/// "ok", or the code and why.
std::string outcome(const std::string& bytes) {
    const auto files = read_archive(bytes);
    if (files) return "ok";
    EXPECT_EQ(files.error().field, "archive");
    EXPECT_TRUE(files.error().message.starts_with("Nothing was imported: ")) << files.error().message;
    return std::string(code_name(files.error().code)) + " " + files.error().message;
}

testing::AssertionResult refused(const std::string& bytes, std::string_view code, std::string_view why) {
    const auto told = outcome(bytes);
    if (told.starts_with(code) && told.find(why) != std::string::npos) return testing::AssertionSuccess();
    return testing::AssertionFailure() << told;
}

struct BadName {
    std::string name;
    std::string why;
};

class BadNames : public testing::TestWithParam<BadName> {};

TEST_P(BadNames, AreRefusedInAZip) {
    const auto& [name, why] = GetParam();
    EXPECT_TRUE(refused(zip_of({{.name = "SOUL.md", .data = "x"}, {.name = name, .data = "x"}}),
                        "invalid_argument", why));
}

TEST_P(BadNames, AreRefusedInATar) {
    const auto& [name, why] = GetParam();
    if (name.find('\0') != std::string::npos) GTEST_SKIP() << "a tar's names end at the first NUL";
    const auto tar = tar_of({{.name = "SOUL.md", .data = "x"}, {.name = name, .data = "x"}});
    EXPECT_TRUE(refused(tar, "invalid_argument", why));
    EXPECT_TRUE(refused(gzip_of(tar), "invalid_argument", why));
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadNames,
    testing::Values(BadName{"../evil.md", "leads out"}, BadName{"a/../../evil.md", "leads out"},
                    BadName{"a/..", "leads out"}, BadName{"./../evil.md", "leads out"},
                    BadName{"a//b.md", "leads out"}, BadName{"a/./b.md", "leads out"},
                    BadName{"..\\evil.md", "backslash"}, BadName{"/etc/passwd", "absolute"},
                    BadName{"C:/evil.md", "absolute"}, BadName{"C:evil.md", "absolute"},
                    BadName{"\\\\host\\evil.md", "backslash"}, BadName{std::string("SO\0UL.md", 8), "NUL"},
                    BadName{std::string(300, 'n'), "too long"},
                    BadName{"1/2/3/4/5/6/7/8/9.md", "too many folders"}, BadName{"a\nb.md", "control"},
                    BadName{"a\x1b[2Jb.md", "control"}, BadName{"SOUL.md", "two entries"},
                    BadName{"soul.MD", "two entries"}, BadName{"SOUL.md/inside.md", "two entries"}));

TEST(HostileArchives, ANameThatIsNotUtf8IsRefusedInAZip) {
    EXPECT_TRUE(refused(zip_of({{.name = "caf\xe9.md", .data = "x"}}), "invalid_argument", "UTF-8"));
    EXPECT_TRUE(outcome(tar_of({{.name = "caf\xe9.md", .data = "x"}})).starts_with("invalid_argument"));
}

TEST(HostileArchives, WhatIsRefusedIsShownHarmless) {
    EXPECT_EQ(outcome(zip_of({{.name = "\x1b]0;x\x07.md", .data = "x"}})).find('\x1b'), std::string::npos);
}

TEST(HostileArchives, LinksAndDevicesAreRefused) {
    for (const char type : {'1', '2', '3', '4', '6'}) {
        const auto tar =
            tar_of({{.name = "SOUL.md", .data = "x"}, {.name = "b", .type = type, .link = "/etc/passwd"}});
        EXPECT_TRUE(refused(tar, "invalid_argument", "link or a device")) << type;
    }
    for (const std::uint32_t type : {0120000U, 0060000U, 0020000U, 0010000U, 0140000U}) {
        const auto zip = zip_of({{.name = "SOUL.md", .data = "/etc/passwd", .mode = type | 0777U}});
        EXPECT_TRUE(refused(zip, "invalid_argument", "link or a device")) << type;
    }
}

TEST(HostileArchives, AZipThatReadersDisagreeOnIsRefused) {
    EXPECT_TRUE(refused(zip_of({{.name = "SOUL.md", .data = "x", .local_name = "EVIL.md"}}),
                        "invalid_argument", "says two things"));
    EXPECT_TRUE(refused(zip_of({{.name = "SOUL.md", .data = "x"}}, 0), "invalid_argument", "damaged"));
    EXPECT_TRUE(refused(zip_of({{.name = "SOUL.md", .data = "x"}}, 2), "invalid_argument", "damaged"));
    EXPECT_TRUE(refused("PK\x03\x04junk" + zip_of({{.name = "SOUL.md", .data = "x"}}), "invalid_argument",
                        "damaged"));
    EXPECT_TRUE(refused(zip_of({{.name = "SOUL.md", .data = "x"}}) + "more", "invalid_argument", "damaged"));
}

TEST(HostileArchives, AnEncryptedOrOddlyPackedZipIsRefused) {
    EXPECT_TRUE(
        refused(zip_of({{.name = "SOUL.md", .data = "x", .flags = 1}}), "invalid_argument", "encrypted"));
    EXPECT_TRUE(
        refused(zip_of({{.name = "SOUL.md", .data = "x", .method = 14}}), "invalid_argument", "deflate"));
}

TEST(HostileArchives, EntriesThatLieOverEachOtherAreRefused) {
    // The data of the first holds the whole of the second, as in bombs that count one kernel many times.
    const std::string inner = zip_of({{.name = "b", .data = "kernel"}});
    const std::string local = inner.substr(0, 30 + 1 + 6);
    const auto zip = zip_of({{.name = "a", .data = local}, {.name = "b", .data = "kernel", .offset = 31}});
    EXPECT_TRUE(refused(zip, "invalid_argument", "over each other"));
}

TEST(HostileArchives, TooManyEntriesAreRefused) {
    std::vector<ZipPart> zip;
    std::vector<TarPart> tar;
    for (int i = 0; i <= 10'000; ++i) {
        zip.push_back({.name = std::to_string(i)});
        tar.push_back({.name = std::to_string(i) + "/", .type = '5'});
    }
    EXPECT_TRUE(refused(zip_of(zip), "too_large", "10000 entries"));
    EXPECT_TRUE(refused(gzip_of(tar_of(tar)), "too_large", "10000 entries")) << "folders count";
    // What zip64 writes for a million.
    EXPECT_TRUE(refused(zip_of({{.name = "a", .data = "x"}}, 0xffff), "too_large", "10000 entries"));
    zip.pop_back();
    EXPECT_EQ(outcome(zip_of(zip)), "ok");
}

TEST(HostileArchives, BombsAreRefused) {
    const std::string zeros(80 * kMiB, '\0');
    const std::string ten(10 * kMiB, '\0');
    EXPECT_TRUE(refused(deflated_zip({{"SOUL.md", zeros}}), "too_large", "unpacks to too much"));
    EXPECT_TRUE(refused(deflated_zip({{"SOUL.md", ten}}), "too_large", "unpacks to too much"))
        << "by its ratio alone";
    EXPECT_TRUE(
        refused(gzip_of(tar_of({{.name = "SOUL.md", .data = zeros}})), "too_large", "unpacks to too much"));
    EXPECT_TRUE(
        refused(gzip_of(tar_of({{.name = "SOUL.md", .data = ten}})), "too_large", "unpacks to too much"));
    std::vector<core::NamedFile> many;
    for (int i = 0; i < 100; ++i) many.push_back({std::to_string(i), std::string(kMiB, 'x')});
    EXPECT_TRUE(refused(deflated_zip(many), "too_large", "unpacks to too much")) << "by the sum";
}

TEST(HostileArchives, SizesThatLieAreRefused) {
    EXPECT_TRUE(
        refused(zip_of({{.name = "a", .data = "x", .claimed_size = 0xfffffff0}}), "too_large", "too much"));
    EXPECT_TRUE(
        outcome(zip_of({{.name = "a", .data = "xyz", .claimed_size = 1}})).starts_with("invalid_argument"));
    // The stated size is small, and what comes out is not.
    auto zip = deflated_zip({{"a", std::string(80 * kMiB, '\0')}});
    const auto directory = zip.rfind("PK\x01\x02");
    zip.replace(directory + 24, 4, std::string("\x10\0\0\0", 4));
    EXPECT_NE(outcome(zip), "ok");
    EXPECT_TRUE(
        refused(tar_of({{.name = "a", .data = "x", .claimed_size = 077777777777}}), "too_large", "too much"));
}

/// Text that packs well, but not suspiciously well: about 30 to 1.
std::string modest_text(std::size_t bytes) {
    std::string text;
    std::uint32_t state = 1;
    while (text.size() < bytes) {
        std::string piece(1024, ' ');
        for (char& c : piece) c = static_cast<char>((state = state * 1'664'525 + 1'013'904'223) >> 24U);
        for (int i = 0; i < 40; ++i) text += piece;
    }
    return text;
}

TEST(HostileArchives, WhatComesOutIsCountedWhateverWasStated) {
    auto zip = deflated_zip({{"a", modest_text(80 * kMiB)}});
    ASSERT_LT(80 * kMiB / zip.size(), ArchiveLimits{}.ratio) << "or its ratio alone would end it";
    const std::string sixteen("\x10\0\0\0", 4);
    zip.replace(zip.rfind("PK\x01\x02") + 24, 4, sixteen);
    zip.replace(22, 4, sixteen);  // in the header before the data too, or the two would tell on each other
    EXPECT_TRUE(refused(zip, "too_large", "unpacks to too much"));
}

TEST(HostileArchives, AFileOfHolesIsRefused) {
    const auto told = outcome(sparse_tar(8 * 1024 * kMiB - 1));
    EXPECT_TRUE(told.starts_with("too_large") || told.find("holes") != std::string::npos) << told;
    const auto small = outcome(sparse_tar(kMiB));
    EXPECT_TRUE(small.find("holes") != std::string::npos) << small;
}

TEST(HostileArchives, AnArchiveInAnArchiveIsAFile) {
    const std::string inner = deflated_zip({{"SOUL.md", std::string(kMiB, '\0')}});
    const auto files = read_archive(zip_of({{.name = "inner.zip", .data = inner}}));
    ASSERT_TRUE(files);
    EXPECT_EQ(files->front().bytes, inner) << "never opened by itself";
    EXPECT_NE(outcome(gzip_of(gzip_of(tar_of({{.name = "SOUL.md", .data = "x"}})))), "ok")
        << "one layer only";
}

TEST(HostileArchives, WhatIsNoArchiveIsRefused) {
    for (const std::string bytes :
         {"", "P", "PK\x03\x04", "\x1f\x8b", "MZ", "<html></html>", "Rar!\x1a\x07", "7z\xbc\xaf"}) {
        EXPECT_TRUE(outcome(bytes).starts_with("invalid_argument")) << bytes;
    }
    EXPECT_TRUE(outcome(std::string(33 * kMiB, 'x')).starts_with("too_large"));
}

#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

/// Ends the process with 0 when all of them are refused within 256 MiB more than it has.
[[noreturn]] void refuse_within_bounds(const std::vector<std::string>& bombs) {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t limit = pages * 4096 + 256 * kMiB;
    const rlimit bound{limit, limit};
    if (setrlimit(RLIMIT_AS, &bound) != 0) std::_Exit(2);
    for (const auto& bomb : bombs) {
        if (read_archive(bomb)) std::_Exit(1);
    }
    std::_Exit(0);
}

TEST(HostileArchives, BombsAreRefusedInLittleMemory) {
    std::vector<std::string> bombs;
    {
        const std::string zeros(300 * kMiB, '\0');
        bombs = {deflated_zip({{"SOUL.md", zeros}}), gzip_of(tar_of({{.name = "SOUL.md", .data = zeros}})),
                 sparse_tar(8 * 1024 * kMiB - 1)};
    }
    std::vector<TarPart> folders(100'000, {.name = "f/", .type = '5'});
    for (std::size_t i = 0; i < folders.size(); ++i) folders[i].name = std::to_string(i) + "/";
    bombs.push_back(gzip_of(tar_of(folders)));
    EXPECT_EXIT(refuse_within_bounds(bombs), testing::ExitedWithCode(0), "");
}

#endif

}  // namespace
}  // namespace boternity::infra
