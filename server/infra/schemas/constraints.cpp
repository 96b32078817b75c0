#include "infra/schemas/constraints.hpp"

#include "infra/schemas/prepared_schema.hpp"
#include "infra/schemas/valijson.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace boternity::infra {
namespace {

using valijson::ValidationResults;
using valijson::adapters::Adapter;
using valijson::constraints::Constraint;
using Path = std::vector<std::string>;

constexpr std::int64_t kMostWork = 1'000'000;
constexpr std::int64_t kBytesOfOneWork = 64;
constexpr std::size_t kMostFaults = 100;
constexpr std::size_t kMostPattern = 1'000;

thread_local std::int64_t work_left = 0;

void charge(std::int64_t work) {
    work_left -= work;
    if (work_left < 0) throw EnoughWork();
}

std::int64_t work_of(const Adapter& target) {
    return target.isString() ? 1 + static_cast<std::int64_t>(target.asString().size()) / kBytesOfOneWork : 1;
}

/// The library copies the path for each look.
std::int64_t work_of(const Path& path) {
    std::size_t bytes = 0;
    for (const auto& step : path) bytes += step.size();
    return static_cast<std::int64_t>(bytes) / kBytesOfOneWork;
}

/// What valijson wants of a constraint of ours.
template <class Self>
class Ours : public valijson::constraints::PolyConstraint {
    Constraint* cloneInto(void* place) const override {
        return std::construct_at(static_cast<Self*>(place), static_cast<const Self&>(*this));
    }
    std::size_t sizeOf() const override { return sizeof(Self); }
};

class Work final : public Ours<Work> {
public:
    explicit Work(const Adapter& said) : work_(said.asInteger()) {}

    bool validate(const Adapter& target, const Path& path, ValidationResults* results) const override {
        charge(work_ * work_of(target) + work_of(path));
        if (results && results->numErrors() > kMostFaults) throw EnoughWork();
        return true;
    }

private:
    std::int64_t work_;
};

/// RE2 writes \uXXXX as \x{XXXX}.
std::string for_re2(const std::string& pattern) {
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const bool escape = pattern[i] == '\\' && i + 1 < pattern.size();
        if (escape && pattern[i + 1] == 'u' && i + 6 <= pattern.size()) {
            out += "\\x{" + pattern.substr(i + 2, 4) + "}";
            i += 5;
        } else {
            out += pattern[i];
            if (escape) out += pattern[++i];
        }
    }
    return out;
}

class Pattern final : public Ours<Pattern> {
public:
    explicit Pattern(const Adapter& said) {
        if (!said.isString()) throw std::runtime_error("pattern must be a string");
        const std::string text = said.asString();
        if (text.size() > kMostPattern) throw std::runtime_error("a pattern has more than 1,000 characters");
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(std::int64_t{1} << 20);
        compiled_ = std::make_shared<const re2::RE2>(for_re2(text), options);
        if (!compiled_->ok()) throw std::runtime_error("a pattern is none of RE2: " + compiled_->error());
    }

    bool validate(const Adapter& target, const Path& path, ValidationResults* results) const override {
        if (!target.isString()) return true;
        const std::string text = target.asString();
        charge(10 * work_of(target));
        if (re2::RE2::PartialMatch(text, *compiled_)) return true;
        if (results) results->pushError(path, "pattern");
        return false;
    }

private:
    std::shared_ptr<const re2::RE2> compiled_;
};

/// Texts that are the same for the same values, whatever the order of an object's members.
void describe(const Adapter& value, std::string& out) {
    charge(work_of(value));
    if (value.isString()) {
        const std::string text = value.asString();
        out += "s" + std::to_string(text.size()) + ":" + text;
    } else if (value.isArray()) {
        out += '[';
        value.applyToArray([&](const Adapter& entry) {
            describe(entry, out);
            return true;
        });
        out += ']';
    } else if (value.isObject()) {
        std::map<std::string, std::string> members;
        value.applyToObject([&](const std::string& name, const Adapter& member) {
            describe(member, members[name]);
            return true;
        });
        out += '{';
        for (const auto& [name, member] : members)
            out += std::to_string(name.size()) + ":" + name + "=" + member;
        out += '}';
    } else if (value.isBool()) {
        out += value.asBool() ? 't' : 'f';
    } else if (value.isInteger()) {
        out += "i" + std::to_string(value.asInteger()) + ";";
    } else if (value.isNumber()) {
        const double number = value.getNumber();
        out += "d" + std::string(reinterpret_cast<const char*>(&number), sizeof number);
    } else {
        out += 'n';
    }
}

class Unique final : public Ours<Unique> {
public:
    explicit Unique(const Adapter&) {}

    bool validate(const Adapter& target, const Path& path, ValidationResults* results) const override {
        if (!target.isArray()) return true;
        std::set<std::string> seen;
        const bool unique = target.applyToArray([&](const Adapter& entry) {
            std::string text;
            describe(entry, text);
            return seen.insert(std::move(text)).second;
        });
        if (!unique && results) results->pushError(path, "unique");
        return unique;
    }
};

/// The library's own takes the whole part of a number, and of a text too.
class Multiple final : public Ours<Multiple> {
public:
    explicit Multiple(const Adapter& said)
        : whole_(said.isInteger() ? said.getInteger() : 0), divisor_(said.getNumber()) {}

    bool validate(const Adapter& target, const Path& path, ValidationResults* results) const override {
        if (!target.isNumber()) return true;
        if (fits(target)) return true;
        if (results)
            results->pushError(path, "Value should be a multiple of " + std::to_string(divisor_) + ".");
        return false;
    }

private:
    bool fits(const Adapter& target) const {
        if (whole_ > 0 && target.isInteger()) return target.getInteger() % whole_ == 0;
        // 0.3 is a multiple of 0.1, as people count.
        const double times = target.getNumber() / divisor_;
        return std::isfinite(times) &&
               std::abs(times - std::round(times)) <= 1e-9 * std::max(1.0, std::abs(times));
    }

    std::int64_t whole_;
    double divisor_;
};

template <class Made>
class Builder final : public valijson::ConstraintBuilder {
public:
    Constraint* make(const Adapter& said) const override { return std::make_unique<Made>(said).release(); }
};

}  // namespace

void add_constraints(valijson::SchemaParser& parser) {
    // The parser owns what it is given.
    // Each schema charges for itself at its end; none is so dear that this would be too late.
    parser.addConstraintBuilder(kWorkWord, std::make_unique<Builder<Work>>().release());
    parser.addConstraintBuilder(kPatternWord, std::make_unique<Builder<Pattern>>().release());
    parser.addConstraintBuilder(kUniqueWord, std::make_unique<Builder<Unique>>().release());
    parser.addConstraintBuilder(kMultipleWord, std::make_unique<Builder<Multiple>>().release());
}

WorkBudget::WorkBudget() {
    work_left = kMostWork;
}

WorkBudget::~WorkBudget() {
    work_left = 0;
}

}  // namespace boternity::infra
