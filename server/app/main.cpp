#include "app/configuration.hpp"
#include "app/local_work.hpp"
#include "app/serve.hpp"
#include "app/version.hpp"
#include "cli/cli.hpp"

int main(int argc, char** argv) {
    return boternity::cli::run(argc, argv,
                               {.serve = boternity::app::serve,
                                .checks = boternity::app::config_checks(),
                                .local = boternity::app::local_work()},
                               boternity::app::kVersion);
}
