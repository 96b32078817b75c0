#include "api/gateway.hpp"
#include "app/local_work.hpp"
#include "app/serve.hpp"
#include "app/version.hpp"
#include "cli/cli.hpp"

int main(int argc, char** argv) {
    return boternity::cli::run(argc, argv,
                               {.serve = boternity::app::serve,
                                .check_listen = boternity::api::check_listen,
                                .check_allow_host = boternity::api::AccessPolicy::check_allowed_host,
                                .local = boternity::app::local_work()},
                               boternity::app::kVersion);
}
