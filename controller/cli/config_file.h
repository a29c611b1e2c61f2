// The configuration file (--config) as flags, and the variables that beat it.
#pragma once

#include <string>
#include <vector>

#include "controller/base/result.h"
#include "controller/cli/settings.h"

namespace dayfly::cli {

/// An empty variable counts as none.
[[nodiscard]] bool variable_is_set(char const* name);

/// FLY_ORG, or the older FLY_ORG_ID where only that is set.
[[nodiscard]] char const* organization_variable();

/// The flags that a configuration file stands for and that `command` has, except those whose environment variable is set.
/// InvalidInput with file:line:column for what is unknown, written twice or of the wrong kind; where `defaults` stand is
/// written to `settings`.
[[nodiscard]] Result<std::vector<std::string>> flags_from_config(std::string const& file, CLI::App const& command,
                                                                 Settings& settings);

}  // namespace dayfly::cli
