// The mark of an environment that has expired while its file is still there: the name of a secret in the app that is left of
// it. Apps have no labels at Fly; the names of secrets are readable, and they outlive the machines.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "controller/fly/types.h"
#include "controller/plan/revision.h"
#include "specs/environment.h"

namespace dayfly::plan {

/// "DAYFLY_EXPIRED_<hash>". The hash binds it to the object's spec, annotations and commit: when one of them changes, the
/// environment is asked for again and the mark counts for nothing. Labels do not ask for anything.
[[nodiscard]] std::string tombstone_name(specs::PreviewEnvironment const& environment, Revision const& revision);

/// Those among the app's secrets.
[[nodiscard]] std::set<std::string> tombstones_in(std::vector<fly::AppSecret> const& secrets);

}  // namespace dayfly::plan
