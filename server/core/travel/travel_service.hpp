#pragma once

#include "core/bots/bot_service.hpp"
#include "core/ports/bot_archives.hpp"
#include "core/ports/bot_copies.hpp"
#include "core/travel/openclaw.hpp"

#include <string>
#include <utility>
#include <vector>

namespace boternity::core {

enum class OnConflict { Fail, Rename, Replace, Skip };
enum class ImportSource { Boternity, OpenClaw };
enum class ImportOutcome { Created, Replaced, Skipped };

struct ImportWish {
    bool preview = false;
    OnConflict on_conflict = OnConflict::Fail;
    std::string slug{};  ///< the archive's own when empty
};

/// What an id of the archive has become.
struct ImportedId {
    std::string kind{};  ///< "bot" or "session"
    std::string old_id{};
    std::string new_id{};
    bool operator==(const ImportedId&) const = default;
};

/// What an import did, or in a preview would do.
struct ImportReport {
    bool preview = false;
    bool repeated = false;  ///< an earlier request of the same key did it
    ImportSource source = ImportSource::Boternity;
    ImportOutcome outcome = ImportOutcome::Created;
    Bot bot{};  ///< as it is now
    int souls = 0;
    int sessions = 0;
    int messages = 0;
    std::vector<ImportItem> items{};
    std::vector<ImportedId> ids{};
};

/// A bot as one file.
struct ExportedBot {
    std::string file_name{};
    std::string bytes{};
};

/// Takes bots out of this installation and into it.
///
/// Threads  any strand. Errors  InvalidArgument, TooLarge (field "archive"), NotFound, AlreadyExists (slug),
/// StaleEtag (the bot was changed meanwhile), WrongState (an archived bot is not replaced), and those of the
/// ports.
class TravelService {
public:
    struct Ports {
        BotStore& bots;
        BotCopies& copies;
        BotArchives& archives;
        Receipts& receipts;
        Clock& clock;
        Ids& ids;
    };

    TravelService(Ports ports, BotService::ModelCheck model_known, std::string default_model)
        : ports_(ports), model_known_(std::move(model_known)), default_model_(std::move(default_model)) {}

    Task<Result<ExportedBot>> export_bot(BotRef bot, bool sessions);

    /// One transaction, or nothing.
    Task<Result<ImportReport>> import_bot(std::string archive, ImportWish wish, CallContext context);

private:
    struct Plan;

    Result<Plan> plan_of(Unpacked unpacked, const ImportWish& wish, const CallContext& context) const;
    Task<Result<std::optional<Bot>>> find(std::string slug);
    Task<Result<std::string>> free_slug(std::string slug);
    Task<Result<ImportReport>> create(Plan plan, ImportWish wish, CallContext context);
    Task<Result<ImportReport>> replace(Plan plan, Bot there, ImportWish wish, CallContext context);
    Task<Result<ImportReport>> repeated(Receipt receipt, ImportReport report);

    Ports ports_;
    BotService::ModelCheck model_known_;
    std::string default_model_;
};

}  // namespace boternity::core
