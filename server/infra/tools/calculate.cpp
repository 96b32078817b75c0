#include "infra/tools/calculate.hpp"

#include "infra/tools/tools.hpp"

#include <fmt/format.h>
#include <muParser.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace boternity::infra {
namespace {

constexpr std::size_t kMostCharacters = 1'000;
constexpr int kMostLevels = 100;
constexpr double kExact = 9007199254740992.0;  // 2^53: below it a double counts every integer

// With an argument each: muParser calls no overloads.
double floor_of(double x) {
    return std::floor(x);
}
double ceil_of(double x) {
    return std::ceil(x);
}
double round_of(double x) {
    return std::round(x);
}
double trunc_of(double x) {
    return std::trunc(x);
}
double log10_of(double x) {
    return std::log10(x);
}
/// The rest of a division, with the sign of what is divided by.
double mod_of(double a, double b) {
    const double rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
double factorial_of(double x) {
    if (x < 0 || x > 170 || std::trunc(x) != x) return std::nan("");
    double product = 1;
    for (double factor = 2; factor <= x; ++factor) product *= factor;
    return product;
}
double not_of(double x) {
    return x == 0 ? 1 : 0;
}

mu::Parser make_parser() {
    mu::Parser parser;
    // It rewrites the expression before it is calculated, which is not worth its risk for one calculation.
    parser.EnableOptimizer(false);
    parser.ClearConst();
    parser.DefineConst("pi", 3.14159265358979323846);
    parser.DefineConst("e", 2.71828182845904523536);
    parser.DefineConst("true", 1);
    parser.DefineConst("false", 0);
    parser.DefineFun("floor", floor_of);
    parser.DefineFun("ceil", ceil_of);
    parser.DefineFun("round", round_of);
    parser.DefineFun("trunc", trunc_of);
    parser.DefineFun("log10", log10_of);
    parser.DefineFun("mod", mod_of);
    parser.DefineFun("factorial", factorial_of);
    parser.DefineFun("not", not_of);
    parser.DefineOprtChars("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-*^/?<>=#!$%&|~'_");
    parser.DefineOprt("%", mod_of, mu::prMUL_DIV, mu::oaLEFT, false);
    return parser;
}

/// The deepest that brackets stand in each other.
int levels_of(std::string_view expression) {
    int open = 0;
    int most = 0;
    for (const char c : expression) {
        if (c == '(') most = std::max(most, ++open);
        if (c == ')') --open;
    }
    return most;
}

std::string text_of(double number) {
    if (number == 0) return "0";
    if (std::abs(number) < kExact && std::trunc(number) == number) return fmt::format("{:.0f}", number);
    return fmt::format("{:.15g}", number);
}

std::unexpected<core::ToolError> wrong(std::string what) {
    return core::tell_model(invalid_argument(std::move(what), "expression"));
}

/// Up to the first character that cannot belong to the same word.
std::string first_word(std::string token) {
    const auto end = token.find_first_of(" \t\r\n()+-*/^%,<>=!&|?:");
    if (end != std::string::npos && end > 0) token.resize(end);
    if (token.size() > 40) token.resize(40);
    return token;
}

std::string why(const mu::Parser::exception_type& error) {
    const int at = error.GetPos() + 1;
    const std::string token = first_word(error.GetToken());
    switch (error.GetCode()) {
    case mu::ecUNEXPECTED_EOF:
        return "The expression ends too early: something is missing behind its last sign.";
    case mu::ecMISSING_PARENS: return "A bracket is open: each ( needs its ).";
    case mu::ecUNEXPECTED_PARENS:
        return fmt::format("The bracket at character {} is not expected there.", at);
    case mu::ecTOO_MANY_PARAMS:
        return fmt::format("{} has too many arguments.", token.empty() ? "A function" : token);
    case mu::ecTOO_FEW_PARAMS:
        return fmt::format("{} has too few arguments.", token.empty() ? "A function" : token);
    case mu::ecEMPTY_EXPRESSION: return "The expression is empty; give one such as 2*(3+4).";
    case mu::ecUNTERMINATED_STRING:
    case mu::ecSTRING_EXPECTED:
    case mu::ecUNEXPECTED_STR:
    case mu::ecSTR_RESULT: return "There is text in quotes in it; only numbers can be calculated with.";
    default: break;
    }
    if (token.empty()) return fmt::format("The expression is wrong at character {}.", at);
    return fmt::format("\"{}\" at character {} is not expected or not known there.", token, at);
}

}  // namespace

core::ToolAnswer calculate(const std::string& expression) {
    if (expression.size() > kMostCharacters) {
        return wrong(fmt::format("The expression has more than {} characters; split it.", kMostCharacters));
    }
    const auto odd = std::ranges::find_if(expression, [](char c) {
        return c < 0x20 || c == 0x7f || std::string_view("\"'\\;[]{}#$@`").contains(c);
    });
    if (odd != expression.end()) {
        const auto at = odd - expression.begin() + 1;
        return wrong(
            fmt::format("Character {} of the expression is none that can be calculated with; there are "
                        "numbers, + - * / ^ %, comparisons, brackets and functions such as sqrt(2).",
                        at));
    }
    if (levels_of(expression) > kMostLevels) {
        return wrong(fmt::format("Brackets stand in each other more than {} deep; split it.", kMostLevels));
    }
    try {
        mu::Parser parser = make_parser();
        parser.SetExpr(expression);
        int count = 0;
        const double* results = parser.Eval(count);
        if (count != 1) return wrong("There are several expressions, divided by commas; give one.");
        const double result = results[0];
        if (std::isnan(result)) {
            return wrong("The result is no real number, as that of 0/0 or sqrt(-1).");
        }
        if (std::isinf(result))
            return wrong("The result is beyond all numbers: a division by 0, or too large.");
        return text_of(result);
    } catch (const mu::Parser::exception_type& error) {
        return wrong(why(error));
    } catch (const std::exception& error) {
        return core::tell_model(internal_error(error.what()));
    }
}

namespace {

class Calculate final : public core::Tool {
public:
    const core::ToolCard& card() const noexcept override { return card_; }

    core::Task<core::ToolAnswer> call(core::ToolInvocation invocation, core::CallContext) override {
        co_return calculate(invocation.arguments.text("expression"));
    }

private:
    core::ToolCard card_{
        .name = "calculate",
        .description =
            "Calculates one expression exactly as written and returns the number; use it instead of "
            "calculating in your head. Operators: + - * / ^ % (rest), < <= > >= == != (1 for true, 0 for "
            "false), "
            "&& ||, a ? b : c. Functions: sqrt abs sign floor ceil round trunc rint mod(a,b) factorial exp "
            "ln log "
            "(natural) log2 log10 sin cos tan asin acos atan atan2(y,x) sinh cosh tanh asinh acosh atanh "
            "(angles in "
            "radians) not(x) min max sum avg. Constants: pi e true false.",
        .parameters = R"({"type":"object","properties":{"expression":{"type":"string","minLength":1,)"
                      R"("maxLength":1000,"description":"for example (1+0.05)^10*2500"}},)"
                      R"("required":["expression"],"additionalProperties":false})",
        .read_only = true,
        .idempotent = true};
};

}  // namespace

std::shared_ptr<core::Tool> make_calculate() {
    return std::make_shared<Calculate>();
}

}  // namespace boternity::infra
