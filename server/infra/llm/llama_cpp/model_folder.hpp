#pragma once

#include "core/ports/log.hpp"
#include "infra/llm/llama_cpp/llama_provider.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace boternity::infra::llm {

/// A model's name, made of its file's: lower case, without the ending, and with a hyphen for all but letters,
/// digits, dots, _ and -; at most 63 bytes.
std::string model_name_of(const std::filesystem::path& file);

/// The models whose files (*.gguf) lie in a folder, by file name: at most 100. Its
/// window is what it was trained for, 4096 tokens at the most.
///
/// What is no model that can chat is logged and left out, as is a name that is in `known`. No folder: no
/// models.
std::vector<LlamaModelFile> models_in_folder_blocking(const std::filesystem::path& folder,
                                                      const std::vector<LlamaModelFile>& known,
                                                      core::Log& log);

}  // namespace boternity::infra::llm
