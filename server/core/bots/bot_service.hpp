#pragma once

#include "core/bots/bot.hpp"
#include "core/ports/bot_store.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"
#include "core/ports/receipts.hpp"
#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "types/page.hpp"
#include "types/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace boternity::core {

struct NewBot {
    std::string name{};
    std::string soul{};
    std::string model{};
    std::string description{};
    BotSettings settings{};
};

/// What an update changes; what is not set stays.
struct BotChange {
    std::optional<std::string> name{};
    std::optional<std::string> description{};
    std::optional<std::string> model{};
    std::optional<BotSettings> settings{};
    std::string etag{};  ///< as read before; no check when empty
};

/// Bots: create, read, change, and the lifecycle machine (see lifecycle.hpp).
///
/// Threads  any strand. Errors  InvalidArgument with the field, TooLarge (soul), AlreadyExists, NotFound,
/// StaleEtag, WrongState, and those of the store.
class BotService {
public:
    /// `model_known` answers whether a PROVIDER/MODEL name can be used, with what to do when it cannot.
    using ModelCheck = std::function<Status(const std::string& model)>;
    /// `tools_known` answers whether grants name tools there are.
    using ToolCheck = std::function<Status(const std::vector<std::string>& grants)>;

    BotService(BotStore& bots, Receipts& receipts, Clock& clock, Ids& ids, ModelCheck model_known,
               ToolCheck tools_known, std::string default_model);

    Task<Result<Bot>> create(NewBot wanted, CallContext context);
    Task<Result<Bot>> get(BotRef bot);
    Task<Result<Page<Bot>>> list(PageRequest page);
    Task<Result<Bot>> update(BotRef bot, BotChange change, CallContext context);

    /// Moves the bot by one of the verbs of the machine. WrongState (409) when the table has no such row.
    Task<Result<Bot>> move(BotRef bot, std::string verb, std::string etag, CallContext context);

private:
    Task<Result<Bot>> change_bot(BotRef ref, DecideBot decide, Mutation mutation);
    Task<Result<Bot>> repeated(Receipt receipt);

    BotStore& bots_;
    Receipts& receipts_;
    Clock& clock_;
    Ids& ids_;
    ModelCheck model_known_;
    ToolCheck tools_known_;
    std::string default_model_;
};

/// Whether such settings, or such a description, may be given to a bot.
Status check_settings(const BotSettings& settings);
Status check_description(const std::string& description);

/// The slug of a name; one made from the id for a name in another script.
std::string slug_for(const std::string& name, BotId id);

/// The etag of a bot: a quoted strong entity tag (RFC 9110 section 8.8.3).
std::string etag_of(const Bot& bot);

}  // namespace boternity::core
