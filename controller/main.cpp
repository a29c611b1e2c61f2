// The program's entry: nothing but the hand-over to the command line.
#include "controller/cli/commands.h"

int main(int argc, char** argv) { return dayfly::cli::run_command_line(argc, argv); }
