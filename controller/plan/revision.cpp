// See revision.h.
#include "controller/plan/revision.h"

#include <algorithm>

#include "controller/plan/marks.h"

namespace dayfly::plan {

bool is_commit(std::string_view text) {
    return (text.size() == 40 || text.size() == 64) &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Revision running_revision(fly::Observed const& observed, std::string_view owner) {
    for (auto const& machine : observed.machines) {
        if (!is_owners(machine.metadata, owner) || mark_of(machine.metadata, process_key) != "web") continue;
        auto const& commit = mark_of(machine.metadata, revision_key);
        if (!is_commit(commit)) continue;
        return {.commit = commit, .image = machine.image, .fork = mark_of(machine.metadata, fork_key) == "true"};
    }
    return {};
}

}  // namespace dayfly::plan
