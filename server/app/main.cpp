#include "app/serve.hpp"
#include "app/version.hpp"
#include "cli/cli.hpp"

int main(int argc, char** argv) {
    return boternity::cli::run(argc, argv, {.serve = boternity::app::serve}, boternity::app::kVersion);
}
