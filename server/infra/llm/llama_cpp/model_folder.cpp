#include "infra/llm/llama_cpp/model_folder.hpp"

#include "infra/llm/llama_cpp/model_facts.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace boternity::infra::llm {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostModels = 100;
constexpr std::size_t kMostNameBytes = 63;

std::vector<fs::path> gguf_files(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (at->path().extension() == ".gguf") files.push_back(at->path());
    }
    std::ranges::sort(files);
    return files;
}

bool is_among(const std::vector<LlamaModelFile>& files, const fs::path& path, std::string_view name) {
    return std::ranges::any_of(files, [&](const LlamaModelFile& file) {
        std::error_code error;
        return file.name == name || fs::equivalent(file.path, path, error);
    });
}

}  // namespace

std::string model_name_of(const fs::path& file) {
    std::string name = file.stem().string().substr(0, kMostNameBytes);
    for (char& byte : name) {
        if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
        constexpr std::string_view kKept = "abcdefghijklmnopqrstuvwxyz0123456789._-";
        if (kKept.find(byte) == std::string_view::npos) byte = '-';
    }
    return name;
}

std::vector<LlamaModelFile>
models_in_folder_blocking(const fs::path& folder, const std::vector<LlamaModelFile>& known, core::Log& log) {
    std::vector<LlamaModelFile> models;
    const auto leave_out = [&](const fs::path& path, std::string why) {
        log.write(core::LogLevel::Warn, "llama_model_left_out",
                  {{"file", path.string()}, {"why", std::move(why)}});
    };
    for (const auto& path : gguf_files(folder)) {
        LlamaModelFile file{.name = model_name_of(path), .path = path};
        if (is_among(known, path, file.name)) continue;
        if (is_among(models, path, file.name)) {
            leave_out(path, "another file has this name or is the same");
            continue;
        }
        const auto facts = model_facts_blocking(path);
        if (!facts) {
            leave_out(path, facts.error().message);
        } else if (!facts->has_chat_template) {
            leave_out(path, "it has no chat template");
        } else if (models.size() == kMostModels) {
            leave_out(path, "there are too many models in this folder");
        } else {
            if (facts->trained_window > 0)
                file.window_tokens = std::min(file.window_tokens, facts->trained_window);
            models.push_back(std::move(file));
        }
    }
    return models;
}

}  // namespace boternity::infra::llm
