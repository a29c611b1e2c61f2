#include "controller/cli/commands.h"
namespace dayfly::cli {
void add_simulator(CLI::App&, Settings&, Run&) {}
}
