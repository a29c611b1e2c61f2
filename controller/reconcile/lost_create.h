// Volumes whose making was never answered. Volumes carry no marks and their names are not unique, so what this process
// remembers of its own lost answers is the only proof that a second one is its own. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/fly/types.h"

namespace dayfly::reconcile {

/// A volume that may have been made: the answer to its create never came.
struct LostCreate {
    std::string name;
    std::set<std::string> known;  ///< ids of volumes that were there already
    WallTime sent{};
    WallTime given_up{};
};

/// Ids of `volumes` that nothing but a lost create can have made: of its name, unknown before it, not `made` by another create
/// that was answered, and made while it was under way by Fly's clock, give or take half a minute. Where more fit than creates
/// were lost, none counts: one of them is somebody else's.
[[nodiscard]] std::set<std::string> own_doubles(std::vector<LostCreate> const& lost, std::vector<fly::Volume> const& volumes,
                                                std::set<std::string> const& made);

}  // namespace dayfly::reconcile
