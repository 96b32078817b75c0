#pragma once

#include "api/gateway.hpp"
#include "api/methods/services.hpp"
#include "app/configuration.hpp"
#include "app/library_logs.hpp"
#include "app/llm_providers.hpp"
#include "app/version.hpp"
#include "cli/cli.hpp"
#include "core/agents/agent_tools.hpp"
#include "core/agents/fork_service.hpp"
#include "core/agents/run_scheduler.hpp"
#include "core/agents/run_service.hpp"
#include "core/agents/toolbox.hpp"
#include "core/agents/turn_service.hpp"
#include "core/agents/workspace_tools.hpp"
#include "core/attachments/attachment_service.hpp"
#include "core/bots/bot_service.hpp"
#include "core/bots/soul_service.hpp"
#include "core/bots/template.hpp"
#include "core/checks/check_service.hpp"
#include "core/events/bus.hpp"
#include "core/llm/embedding_service.hpp"
#include "core/llm/model_directory.hpp"
#include "core/llm/model_file_service.hpp"
#include "core/runtime/pool.hpp"
#include "core/runtime/task_scope.hpp"
#include "core/sessions/session_service.hpp"
#include "core/travel/travel_service.hpp"
#include "infra/archive/libarchive_bot_archives.hpp"
#include "infra/clock/random_ids.hpp"
#include "infra/clock/system_clock.hpp"
#include "infra/llm/catalog/model_catalog.hpp"
#include "infra/net/http_client.hpp"
#include "infra/schemas/schemas.hpp"
#include "infra/store/sqlite_store.hpp"
#include "infra/templates/embedded_templates.hpp"
#include "infra/tools/tools.hpp"
#include "observe/stream_log.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace boternity::app {

/// The server, put together: the only place that names concrete classes. Members are in the order in which
/// they need each other, so that they are destroyed in the reverse one.
class Server {
public:
    Server(cli::ServeOptions options, infra::Config config);
    ~Server();

    /// Opens the data, takes up unfinished runs, listens, and writes server.json. Blocks until it serves.
    Status start_blocking();

    /// Ends in order within the grace time. `hurry` is asked again and again whether to stop waiting.
    void drain_blocking();

    /// From any thread: the drain waits no longer.
    void hurry() noexcept { hurried_.store(true); }

    /// Where signals are waited for.
    core::Executor executor() { return io_.get_executor(); }

private:
    Status open_blocking();
    Status declare_blocking();
    Status apply(const infra::Config& config);
    Status add_tools();
    void add_methods();
    void give_back_blocking();
    Status recover_blocking();
    Status listen_blocking(std::string token);
    Status serve_blocking();
    api::HealthReport health();
    api::SystemFacts facts();
    template <class T>
    T run_blocking(core::Task<T> task);

    std::filesystem::path data_folder_;
    std::filesystem::path model_folder_;
    const infra::Config config_;  ///< as at the start
    LiveConfiguration configuration_;
    std::atomic<std::int64_t> grace_seconds_;
    std::vector<core::DeclaredProvider> declared_;  ///< touched at start, then by reloads only
    observe::StreamLog log_;
    LibraryLogs library_logs_{log_};
    infra::SystemClock clock_;
    infra::RandomIds ids_{clock_};
    Timestamp started_at_;
    std::chrono::steady_clock::time_point started_;
    std::atomic<bool> hurried_{false};
    std::atomic<bool> ready_{false};
    std::atomic<bool> draining_{false};
    std::string address_;

    core::EventBus bus_;  // before the store, which publishes to it
    std::unique_ptr<infra::SqliteStore> store_;
    core::Pool inference_;
    core::Pool files_{"files", 1, 64};  ///< files of models, which are large
    boost::asio::thread_pool io_;
    std::unique_ptr<infra::HttpClient> http_;
    infra::ModelCatalog catalog_ = infra::ModelCatalog::built_in();
    std::optional<core::ModelDirectory> models_;
    LocalAdapters local_;  // shared with models_
    std::optional<core::ModelFileService> model_files_;
    std::optional<core::EmbeddingService> embeddings_;
    std::unique_ptr<core::Schemas> schemas_ = infra::make_schemas();
    core::Toolbox tools_{*schemas_};
    core::TaskScope run_scope_{"runs", log_};
    core::TaskScope connection_scope_{"connections", log_};
    std::optional<core::BotService> bots_;
    std::optional<core::SoulService> souls_;
    std::optional<core::Templates> templates_;
    infra::LibarchiveBotArchives archives_{std::string(kVersion)};
    std::optional<core::TravelService> travel_;
    std::optional<core::AttachmentService> attachments_;
    std::optional<core::SessionService> sessions_;
    std::optional<core::RunScheduler> scheduler_;
    std::optional<core::RunService> runs_;
    std::optional<core::EventService> events_;
    std::optional<core::TurnService> turns_;
    std::optional<core::ForkService> forks_;
    std::optional<core::CheckService> checks_;
    api::MethodTable methods_;
    std::unique_ptr<api::Gateway> gateway_;
};

}  // namespace boternity::app
