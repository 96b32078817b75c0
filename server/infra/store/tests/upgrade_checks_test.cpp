// An upgrade is judged before and after its commit, and what it did is taken back when it is not sound.
#include "infra/store/tests/migrations_fixture.hpp"

namespace boternity::infra {
namespace {

TEST_F(Migrations, ThatLoseRowsAreUndone) {
    ASSERT_TRUE(migrate({kFirst}));
    change_file(database(), "INSERT INTO things VALUES (1, 'one'), (2, 'two')");
    const Migration losing{2, "losing", "DELETE FROM things WHERE id = 2;"};
    const auto refused = migrate({kFirst, losing});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("1 of 2 rows in things"), std::string::npos)
        << refused.error().detail;
    EXPECT_EQ(rows("SELECT COUNT(*) FROM things"), Rows{"2"});
    const Migration declared{2, "declared", "-- may shrink: things\nDELETE FROM things WHERE id = 2;"};
    EXPECT_EQ(migrate({kFirst, declared}).value(), 2);
    EXPECT_EQ(rows("SELECT COUNT(*) FROM things"), Rows{"1"});
}

TEST_F(Migrations, ThatLeaveADamagedFileAreTakenBack) {
    ASSERT_TRUE(migrate({kFirst}));
    change_file(database(), "INSERT INTO things VALUES (1, 'one')");
    // Nothing within the transaction sees it: the schema is read from the file only when it is opened.
    const Migration corrupting{2, "corrupting",
                               "CREATE TABLE more (id INTEGER PRIMARY KEY); PRAGMA writable_schema = ON;"
                               "UPDATE sqlite_schema SET sql = 'CREATE TABLE mo(' WHERE name = 'more';"};
    const auto refused = migrate({kFirst, corrupting});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::WrongState);
    EXPECT_NE(refused.error().message.find("nothing of it was changed"), std::string::npos)
        << refused.error().message;
    EXPECT_EQ(rows("SELECT id, name FROM things"), Rows{"1 one"});
    EXPECT_EQ(rows("SELECT version FROM schema_migrations"), Rows{"1"});
    EXPECT_EQ(migrate({kFirst, kSecond}).value(), 2) << "and a sound one still works";
}

TEST_F(Migrations, DoNotBeginOnADamagedDatabase) {
    ASSERT_TRUE(migrate({kFirst}));
    change_file(database(), "CREATE INDEX by_name ON things (name); INSERT INTO things VALUES (1, 'one');"
                            "PRAGMA writable_schema = ON;"
                            "UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'by_name';");
    const auto refused = migrate({kFirst, kSecond});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("damaged"), std::string::npos) << refused.error().message;
}

}  // namespace
}  // namespace boternity::infra
