#include "app/machine.hpp"

#include "app/version.hpp"
#include "infra/machine/machine_checks.hpp"
#include "infra/store/sqlite_store.hpp"

#include <curl/curlver.h>
#include <openssl/crypto.h>

#include <string>

namespace boternity::app {

std::vector<std::unique_ptr<core::Check>> machine_checks(const std::filesystem::path& data_folder,
                                                         const std::filesystem::path& model_folder,
                                                         infra::Holder holder, const core::Clock& clock) {
    std::vector<std::unique_ptr<core::Check>> checks;
    checks.push_back(infra::data_folder_check(data_folder));
    checks.push_back(infra::database_check(data_folder, holder));
    checks.push_back(infra::backups_check(data_folder, clock));
    checks.push_back(infra::disk_check(data_folder));
    checks.push_back(infra::memory_check());
    checks.push_back(infra::open_files_check());
    checks.push_back(infra::model_file_check("model", model_folder / "SmolLM2-135M-Instruct.Q4_1.gguf",
                                             BOTERNITY_MODEL_SHA256));
    checks.push_back(infra::model_file_check("embedding model", model_folder / "all-MiniLM-L6-v2.Q8_0.gguf",
                                             BOTERNITY_EMBEDDING_SHA256));
    checks.push_back(infra::clock_check(clock));
    checks.push_back(infra::time_zone_check());
    checks.push_back(infra::versions_check({{"Boternity", std::string(kVersion)},
                                            {"SQLite", infra::SqliteStore::sqlite_version()},
                                            {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
                                            {"curl", LIBCURL_VERSION}}));
    return checks;
}

}  // namespace boternity::app
