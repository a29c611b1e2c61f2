// A Git repository in a folder of this machine: its references, read from its files without git. For demos and tests; a policy
// decides whether it may be used at all. Source: git's Documentation/gitrepository-layout.txt.
#pragma once

#include <string>
#include <vector>

#include "controller/base/result.h"
#include "controller/github/ls_refs.h"

namespace dayfly::github {

/// HEAD and those of `names` ("refs/heads/main") that exist below `folder`, a bare repository or a working tree. A loose
/// annotated tag is given as the hash of the tag, which git takes in place of its commit. NotFound when it is no repository,
/// Unavailable when it cannot be read.
[[nodiscard]] Result<References> local_references(std::string const& folder, std::vector<std::string> const& names);

}  // namespace dayfly::github
