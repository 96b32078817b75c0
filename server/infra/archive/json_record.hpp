#pragma once

#include "types/id.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace boternity::infra {

/// One JSON object of an archive, read member by member. The first that is missing or of another type is the
/// fault of all; what is read after it does not matter. Members that nobody reads may be there.
class JsonRecord {
public:
    /// `where` names it in faults: "souls.json".
    JsonRecord(boost::json::object object, std::string where)
        : object_(std::move(object)), where_(std::move(where)) {}

    /// Of strict JSON in UTF-8, at most 16 levels deep.
    static Result<JsonRecord> parse(std::string_view text, std::string where);

    std::string text(std::string_view name);
    std::string text_or_empty(std::string_view name);
    Timestamp time(std::string_view name);
    std::optional<Timestamp> optional_time(std::string_view name);
    /// From `lowest` to 2^31-1.
    int number(std::string_view name, int lowest);
    int number_or(std::string_view name, int lowest, int otherwise);
    bool flag(std::string_view name);
    std::optional<double> optional_real(std::string_view name);
    Uuid uuid(std::string_view name);
    std::optional<Uuid> optional_uuid(std::string_view name);
    /// Empty when it is not there.
    JsonRecord object(std::string_view name);
    bool has(std::string_view name) const { return object_.contains(name); }
    const boost::json::array& array(std::string_view name);

    /// Takes over the fault of a record inside this one.
    void take_fault(const JsonRecord& inner);
    void fault(std::string_view name, std::string_view wanted);
    Status status() const;

private:
    const boost::json::value* find(std::string_view name) const { return object_.if_contains(name); }

    boost::json::object object_;
    std::string where_;
    std::optional<Error> fault_{};
};

}  // namespace boternity::infra
