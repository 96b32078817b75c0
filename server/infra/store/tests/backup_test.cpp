// Backups: one moment while writes go on, and every fault found.
#include "infra/store/tests/backup_fixture.hpp"

namespace boternity::infra {
namespace {

TEST_F(Backups, HoldEverythingAndSayWhatTheyAre) {
    const auto made = make_one();
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->made_by, "1.2.3");
    EXPECT_EQ(made->schema, store_->schema_version());
    EXPECT_EQ(rows_of(path_of(*made), "SELECT value FROM backup_facts WHERE name = 'configuration'"),
              Rows{"port = 1\n"});
    EXPECT_EQ(rows_of(path_of(*made), "SELECT COUNT(*) FROM bots"), Rows{"1"});
    for (const char* beside : {"-wal", "-shm", "-journal"})
        EXPECT_FALSE(fs::exists(path_of(*made).string() + beside));
    const auto listed = testing::run_task(store_->backups().list());
    ASSERT_TRUE(listed);
    EXPECT_EQ(*listed, std::vector{*made});
    const auto check = testing::run_task(store_->backups().verify(made->name));
    ASSERT_TRUE(check) << check.error().message;
    EXPECT_EQ(check->bots, 1);
    EXPECT_TRUE(check->has_configuration);
}

TEST_F(Backups, AreOfOneMomentWhileWritesGoOn) {
    auto writing = [](SqliteStore* store, bool* done) -> core::Task<Status> {
        for (int n = 2; !*done && n < 400; ++n) {
            auto adding = add(*store, SampleTurns(n));
            BOT_CO_CHECK(co_await std::move(adding));
        }
        co_return Status{};
    };
    boost::asio::io_context io;
    bool done = false;
    bool wrote = false;
    boost::asio::co_spawn(io, writing(store_.get(), &done), [&](std::exception_ptr, Status status) {
        EXPECT_TRUE(status) << status.error().message;
        wrote = true;
    });
    clock_.advance(std::chrono::seconds(1));
    const auto made = testing::run_task(io, make(store_.get(), {}));
    done = true;
    testing::run_until(io, [&] { return wrote; }, std::chrono::seconds(20));
    ASSERT_TRUE(made) << made.error().message;
    // A bot, its soul and its session come in two transactions, each whole.
    EXPECT_EQ(rows_of(path_of(*made), "SELECT (SELECT COUNT(*) FROM bots) - (SELECT COUNT(*) FROM souls)"),
              Rows{"0"});
}

TEST_F(Backups, AskedForTwiceWithOneKeyAreMadeOnce) {
    const core::Mutation once{"key", "CreateBackupRequest", "f"};
    const auto first = make_one(once);
    const auto second = make_one(once);
    ASSERT_TRUE(first);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(first->name, second->name);
    const auto other = make_one({"key", "CreateBackupRequest", "another"});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::IdempotencyReuse);
}

TEST_F(Backups, KeepTheNewestTen) {
    std::vector<std::string> names;
    for (int i = 0; i < 12; ++i) names.push_back(make_one().value().name);
    const auto listed = testing::run_task(store_->backups().list()).value();
    ASSERT_EQ(listed.size(), store::kKeptAsked);
    EXPECT_EQ(listed.front().name, names.back());
    EXPECT_EQ(listed.back().name, names[2]);
}

TEST_F(Backups, AreRemovedByNameAndNothingElseIs) {
    const auto made = make_one().value();
    for (const std::string name :
         {"", ".", "../boternity", "token", "1-2-asked", "/etc/passwd", "%2e%2e", "../lock"}) {
        const auto refused = testing::run_task(store_->backups().remove(name, {}));
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().code, ErrorCode::NotFound) << name;
    }
    EXPECT_TRUE(testing::run_task(store_->backups().remove(made.name, {})));
    EXPECT_FALSE(fs::exists(path_of(made)));
    EXPECT_FALSE(testing::run_task(store_->backups().remove(made.name, {})));
}

TEST_F(Backups, OneAtATime) {
    const auto both = [](SqliteStore* store) -> core::Task<Result<core::Backup>> {
        const core::Mutation unnamed;
        BOT_CO_TRY(first, co_await store->backups().begin(unnamed));
        auto second = co_await store->backups().begin(unnamed);
        EXPECT_FALSE(second);
        if (!second) EXPECT_EQ(second.error().code, ErrorCode::Unavailable);
        while (true) {
            BOT_CO_TRY(step, co_await first->next(Deadline::never(), {}));
            if (step.made) co_return std::move(*step.made);
        }
    };
    clock_.advance(std::chrono::seconds(1));
    EXPECT_TRUE(testing::run_task(both(store_.get())));
    EXPECT_TRUE(make_one()) << "and the place is free again";
}

TEST_F(Backups, WithAnyByteChangedAreFound) {
    const auto file = one_alone();
    const std::string whole = bytes_of(file);
    for (std::size_t at = 101; at < whole.size(); at += whole.size() / 37) {
        std::string flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
        write(file, flipped);
        const auto check = verify_backup_blocking(file);
        ASSERT_FALSE(check) << "byte " << at;
        EXPECT_EQ(check.error().code, ErrorCode::WrongState);
        EXPECT_NE(check.error().message.find(file.string()), std::string::npos) << check.error().message;
        EXPECT_FALSE(restore(file)) << "byte " << at;
    }
    write(file, whole);
    EXPECT_TRUE(verify_backup_blocking(file));
}

TEST_F(Backups, CutAnywhereAreFound) {
    const auto file = one_alone();
    const std::string whole = bytes_of(file);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{99}, std::size_t{4096},
                                   whole.size() / 2, whole.size() - 91, whole.size() - 1}) {
        write(file, whole.substr(0, size));
        EXPECT_FALSE(verify_backup_blocking(file)) << size;
    }
    write(file, whole + "more");
    EXPECT_FALSE(verify_backup_blocking(file));
}

TEST_F(Backups, AreNoOtherFiles) {
    const auto file = one_alone();
    const auto said = [](const fs::path& path) { return verify_backup_blocking(path).error().message; };
    const auto letter = temp_.path() / "letter";
    write(letter, std::string(5000, 'x'));
    EXPECT_NE(said(letter).find("is no database"), std::string::npos);
    const auto foreign = temp_.path() / "foreign";
    change_file(foreign, "CREATE TABLE recipes (name TEXT)");
    EXPECT_NE(said(foreign).find("another program"), std::string::npos) << said(foreign);
    const auto link = temp_.path() / "link";
    fs::create_symlink(file, link);
    EXPECT_NE(said(link).find("symbolic link"), std::string::npos);
    EXPECT_NE(said(temp_.path()).find("is no file"), std::string::npos);
    EXPECT_EQ(verify_backup_blocking(temp_.path() / "nothing").error().code, ErrorCode::NotFound);
    const auto copied = temp_.path() / "boternity.db";
    EXPECT_NE(said(copied).find("no backup"), std::string::npos) << "a copied database may lack its WAL";
    const auto before = slugs();
    for (const auto& wrong : {letter, foreign, link, temp_.path(), copied}) EXPECT_FALSE(restore(wrong));
    EXPECT_EQ(slugs(), before);
}

}  // namespace
}  // namespace boternity::infra
