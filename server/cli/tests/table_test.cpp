#include "cli/table.hpp"

#include <gtest/gtest.h>

namespace boternity::cli {
namespace {

Table bots() {
    Table table(
        {{.title = "BOT"}, {.title = "NAME", .fit = Fit::Shrinks}, {.title = "SOUL", .align = Align::Right}});
    table.add({"ada", "Ada Lovelace", "1"});
    table.add({"shijie", "世界", "12"});
    table.add({"empty", "", ""});
    return table;
}

TEST(TableLayout, ColumnsAlignAlsoWithWideCharacters) {
    EXPECT_EQ(bots().text(0, "", ""), "BOT     NAME          SOUL\n"
                                      "ada     Ada Lovelace     1\n"
                                      "shijie  世界            12\n"
                                      "empty\n");
}

TEST(TableLayout, ANarrowTerminalShrinksOnlyWhatMayShrink) {
    EXPECT_EQ(bots().text(22, "", ""), "BOT     NAME      SOUL\n"
                                       "ada     Ada Lov…     1\n"
                                       "shijie  世界        12\n"
                                       "empty\n");
    // Narrower than what must stay whole: the lines are longer than the terminal, not mangled.
    EXPECT_EQ(bots().text(5, "", ""), bots().text(22, "", ""));
}

TEST(TableLayout, TheHeaderIsStyledAndCellsAreHarmless) {
    Table table({{.title = "NAME"}});
    table.add({"x\n\x1b[31m"});
    EXPECT_EQ(table.text(0, "<", ">"), "<NAME>\nx\\n\\x1b[31m\n");
}

TEST(DetailsLayout, LabelsAlignAndEmptyValuesAreLeftOut) {
    Details details;
    details.add("Name", "Ada");
    details.add("Description", "");
    details.add("Soul version", "3\x1b");
    EXPECT_EQ(details.text("", ""), "Name          Ada\nSoul version  3\\x1b\n");
}

}  // namespace
}  // namespace boternity::cli
