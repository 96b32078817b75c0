#pragma once

#include "api/methods/method_table.hpp"
#include "core/agents/fork_service.hpp"
#include "core/agents/run_service.hpp"
#include "core/agents/toolbox.hpp"
#include "core/agents/turn_service.hpp"
#include "core/attachments/attachment_service.hpp"
#include "core/bots/bot_service.hpp"
#include "core/bots/soul_service.hpp"
#include "core/bots/template.hpp"
#include "core/checks/check_service.hpp"
#include "core/events/event_service.hpp"
#include "core/llm/embedding_service.hpp"
#include "core/llm/model_directory.hpp"
#include "core/llm/model_file_service.hpp"
#include "core/ports/backups.hpp"
#include "core/ports/configuration.hpp"
#include "core/sessions/session_service.hpp"
#include "core/travel/travel_service.hpp"

#include <functional>
#include <string>
#include <vector>

namespace boternity::api {

/// What the server can say of itself; read for every request of it.
struct SystemFacts {
    enum class Health { Starting, Ready, Degraded, Draining };

    std::string version{};
    Health health = Health::Starting;
    std::vector<std::string> problems{};
    std::string address{};
    std::string data_folder{};
    int pid = 0;
    Timestamp started_at{};
    double uptime_seconds = 0;
    int cores = 0;
    double resident_memory_mib = 0;
    std::string sqlite_version{};
    int schema_version = 0;
    int active_runs = 0;
    std::string default_model{};
};

/// One function for each service of the contract: puts its RPCs into the table. The services outlive the
/// table.
void add_bot_methods(MethodTable& table, core::BotService& bots, const core::Templates& templates);
void add_soul_methods(MethodTable& table, core::SoulService& souls);
void add_session_methods(MethodTable& table, core::SessionService& sessions, core::TurnService& turns,
                         core::RunService& runs);
void add_attachment_methods(MethodTable& table, core::AttachmentService& attachments);
void add_event_methods(MethodTable& table, core::EventService& events);
void add_run_methods(MethodTable& table, core::RunService& runs, core::ForkService& forks,
                     const core::Toolbox& tools);
void add_provider_methods(MethodTable& table, core::ModelDirectory& models);
/// `directory` and `clock` are what a model's speed is measured with.
void add_local_model_methods(MethodTable& table, core::ModelFileService& models,
                             const core::ModelDirectory& directory, const core::Clock& clock);
void add_embedding_methods(MethodTable& table, core::EmbeddingService& embeddings);
void add_backup_methods(MethodTable& table, core::BackupArchive& backups);
void add_travel_methods(MethodTable& table, core::TravelService& travel);
void add_template_methods(MethodTable& table, const core::Templates& templates);
void add_config_methods(MethodTable& table, core::Configuration& configuration);
void add_system_methods(MethodTable& table, std::function<SystemFacts()> facts, core::CheckService& checks);

/// A run's events as the answers of a streaming method.
MessageStreamPtr run_event_stream(core::RunEventReader reader);

}  // namespace boternity::api
