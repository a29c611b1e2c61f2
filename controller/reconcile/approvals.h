// The commits of forks that somebody let run: by the annotation in the object, which lasts, or by hand, which is forgotten when
// the controller stops. What already runs needs no approval to go on running.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>

#include "controller/base/result.h"
#include "specs/environment.h"

namespace dayfly::reconcile {

class Approvals {
public:
    /// InvalidInput for anything but a whole commit id. The last sixteen of an environment are kept.
    Result<void> approve(specs::Key const& key, std::string const& commit);
    /// All that count for the environment now.
    [[nodiscard]] std::set<std::string> of(specs::PreviewEnvironment const& environment) const;
    void forget(specs::Key const& key) { by_hand_.erase(key); }

private:
    std::map<specs::Key, std::deque<std::string>> by_hand_;
};

}  // namespace dayfly::reconcile
