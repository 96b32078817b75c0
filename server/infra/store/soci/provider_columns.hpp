#pragma once

#include "core/llm/provider.hpp"
#include "types/result.hpp"

#include <string>
#include <vector>

/// The columns of a provider that hold JSON.
namespace boternity::infra::store {

std::string models_column(const std::vector<std::string>& models);
std::string told_column(const std::vector<core::ToldModel>& told);

/// Internal when the text is not what the functions above write.
Result<std::vector<std::string>> models_of(const std::string& column);
Result<std::vector<core::ToldModel>> told_of(const std::string& column);

}  // namespace boternity::infra::store
