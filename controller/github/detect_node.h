// Node.js projects: package manager, scripts and version.
#pragma once

#include "controller/github/detect.h"

namespace dayfly::github {

/// For a folder with a package.json.
[[nodiscard]] Detection detect_node(Clues const& clues);

}  // namespace dayfly::github
