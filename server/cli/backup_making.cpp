#include "cli/backup_making.hpp"

#include "cli/json_fields.hpp"
#include "cli/long_work.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace boternity::cli {

namespace json = boost::json;

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the command that waits owns both
core::Task<Answer<json::object>> make_backup(Connection& server, Output& out, std::stop_token stop) {
    LongWork work{.request = {.method = "POST",
                              .path = "/api/v1/backups",
                              .body = json::object{{"idempotency_key", server.new_key()}}},
                  .broken = "The connection to the server broke, so no backup was made; try again.",
                  .interrupted = "Interrupted; nothing was kept."};
    work.take = [&out](const json::object& said) -> std::optional<json::object> {
        const auto& backup = object_field(said, "backup");
        if (!text_field(backup, "name").empty()) return backup;
        if (const double total = big_number(said, "total_bytes"); total > 0) {
            out.progress(fmt::format("{:.0f} % of {:.0f} MiB copied",
                                     100 * big_number(said, "done_bytes") / total, total / (1024 * 1024)));
        }
        return std::nullopt;
    };
    auto following = follow_work(server, std::move(work), std::move(stop));
    auto made = co_await std::move(following);
    out.progress({});
    co_return made;
}

}  // namespace boternity::cli
