#pragma once

#include "core/bots/bot_service.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace boternity::core {

/// A bot to begin with.
struct Template {
    std::string slug{};
    std::string name{};
    std::string description{};
    std::string shows{};  ///< what its soul shows
    BotSettings settings{};
    std::string soul{};
};

/// The templates that this build brings along, by slug. Read-only; any thread.
class Templates {
public:
    explicit Templates(std::vector<Template> all) : all_(std::move(all)) {}

    const std::vector<Template>& all() const noexcept { return all_; }

    /// NotFound, naming those that are there.
    Result<Template> find(std::string_view slug) const;

    /// What is asked for, and where nothing is, what the template says. InvalidArgument (template) when there
    /// is no such one; without a slug the wish itself.
    Result<NewBot> fill(NewBot wanted, const std::string& slug) const;

private:
    std::vector<Template> all_;
};

}  // namespace boternity::core
