#include "infra/tools/tests/call_tool.hpp"
#include "infra/tools/tools.hpp"

#include <gtest/gtest.h>

#include <clocale>
#include <string>

namespace boternity::infra {
namespace {

std::string calculated(std::string expression) {
    static const auto tool = make_calculate();
    return call_tool(*tool, {{"expression", std::move(expression)}});
}

TEST(Calculate, GivesTheNumber) {
    EXPECT_EQ(calculated("1+2*3"), "7");
    EXPECT_EQ(calculated(" ( 1 + 2 ) * 3 "), "9");
    EXPECT_EQ(calculated("2^3^2"), "512");
    EXPECT_EQ(calculated("-2^2"), "-4");
    EXPECT_EQ(calculated("0.1+0.2"), "0.3");
    EXPECT_EQ(calculated("1/3"), "0.333333333333333");
    EXPECT_EQ(calculated("1e3"), "1000");
    EXPECT_EQ(calculated("2^53-1"), "9007199254740991");
    EXPECT_EQ(calculated("2^70"), "1.18059162071741e+21");
    EXPECT_EQ(calculated("10 % 3"), "1");
    EXPECT_EQ(calculated("mod(-7,3)"), "2");
    EXPECT_EQ(calculated("0*-1"), "0");
    EXPECT_EQ(calculated("2 > 1"), "1");
    EXPECT_EQ(calculated("2 != 2"), "0");
    EXPECT_EQ(calculated("1 < 2 && 3 >= 3 ? 10 : 20"), "10");
    EXPECT_EQ(calculated("sqrt(16) + abs(-2) + floor(2.7) + ceil(2.1) + round(2.5)"), "14");
    EXPECT_EQ(calculated("ln(e) + log10(1000) + log2(8) + sin(0) + cos(pi)"), "6");
    EXPECT_EQ(calculated("max(1,5,3) + min(4,2) + sum(1,2,3) + avg(2,4)"), "16");
    EXPECT_EQ(calculated("factorial(5) + not(0) + true"), "122");
}

TEST(Calculate, SaysWhatIsWrong) {
    EXPECT_EQ(calculated(""), "ERROR: The expression is empty; give one such as 2*(3+4).");
    EXPECT_EQ(calculated("1/0"), "ERROR: The result is beyond all numbers: a division by 0, or too large.");
    EXPECT_EQ(calculated("10^400"),
              "ERROR: The result is beyond all numbers: a division by 0, or too large.");
    EXPECT_EQ(calculated("0/0"), "ERROR: The result is no real number, as that of 0/0 or sqrt(-1).");
    EXPECT_EQ(calculated("sqrt(-1)"), "ERROR: The result is no real number, as that of 0/0 or sqrt(-1).");
    EXPECT_EQ(calculated("factorial(171)"),
              "ERROR: The result is no real number, as that of 0/0 or sqrt(-1).");
    EXPECT_EQ(calculated("1+"),
              "ERROR: The expression ends too early: something is missing behind its last sign.");
    EXPECT_EQ(calculated("(1"), "ERROR: A bracket is open: each ( needs its ).");
    EXPECT_EQ(calculated("1)"), "ERROR: The bracket at character 2 is not expected there.");
    EXPECT_EQ(calculated("foo(1)"), "ERROR: \"foo\" at character 1 is not expected or not known there.");
    EXPECT_EQ(calculated("1 2"), "ERROR: \"2\" at character 3 is not expected or not known there.");
    EXPECT_EQ(calculated("x = 3"), "ERROR: \"x\" at character 1 is not expected or not known there.");
    EXPECT_EQ(calculated("sin(1,2)"), "ERROR: sin has too many arguments.");
    EXPECT_EQ(calculated("atan2(1)"), "ERROR: atan2 has too few arguments.");
    EXPECT_EQ(calculated("1,2"), "ERROR: There are several expressions, divided by commas; give one.");
    EXPECT_TRUE(calculated("system(\"ls\")").starts_with("ERROR: Character 8 of the expression is none"));
    EXPECT_TRUE(calculated("1;2").starts_with("ERROR: Character 2 of the expression is none"));
    EXPECT_TRUE(calculated(std::string("1\0+1", 4)).starts_with("ERROR: Character 2"));
}

TEST(Calculate, IsBounded) {
    EXPECT_EQ(calculated(std::string(1'001, '1')),
              "ERROR: The expression has more than 1000 characters; split it.");
    const std::string deep = std::string(101, '(') + "1" + std::string(101, ')');
    EXPECT_EQ(calculated(deep), "ERROR: Brackets stand in each other more than 100 deep; split it.");
    EXPECT_EQ(calculated(deep.substr(1, deep.size() - 2)), "1");
    for (const std::string part : {"-", "1?", "-(", "sin(", "1,", "1+", "!(", "%", "^", "==", "e", "1e"}) {
        std::string all;
        while (all.size() + part.size() <= 1'000) all += part;
        EXPECT_TRUE(calculated(all).starts_with("ERROR: ")) << part;
    }
}

TEST(Calculate, KnowsNoLocale) {
    std::setlocale(LC_ALL, "de_DE.UTF-8");
    EXPECT_EQ(calculated("1.5+1.25"), "2.75");
    std::setlocale(LC_ALL, "C");
}

}  // namespace
}  // namespace boternity::infra
