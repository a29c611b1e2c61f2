// See delete_guard.h.
#include "controller/reconcile/delete_guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/digest.h"

namespace dayfly::reconcile {

Verdict judge(Removals const& removals, DeleteGuardOptions const& options, std::set<std::string> const& approved) {
    Verdict verdict;
    if (removals.apps.empty()) return verdict;
    std::string text;
    for (auto const& app : removals.apps) text += app + '\n';
    verdict.id = short_hash(fmt::format("{}{}", text, removals.managed), 10);

    auto const managed = removals.managed + removals.recent;
    auto const allowed = std::max(options.max_count, managed * options.max_percent / 100);
    if (!removals.sources_problem.empty()) {
        verdict.held = true;
        verdict.code = "source_degraded";
        verdict.reason = "a source was not read in full: " + removals.sources_problem;
        // No approval can stand in for what was not read.
        return verdict;
    }
    auto const lost = removals.apps.size() - removals.harmless;
    if (removals.wanted == 0) {
        verdict.held = true;
        verdict.code = "source_empty";
        verdict.reason = fmt::format("the sources want no environment at all; {} would be removed", removals.apps.size());
    } else if (!removals.empty_source.empty()) {
        verdict.held = true;
        verdict.code = "source_empty";
        verdict.reason = fmt::format("source {} holds no environment at all; {} would be removed", removals.empty_source,
                                     removals.apps.size());
    } else if (!removals.upsert_only.empty() && removals.unexplained > 0) {
        verdict.held = true;
        verdict.code = "source_partial";
        verdict.reason =
            fmt::format("source {} never says whether it is complete, and {} of what would be removed may be its own",
                        removals.upsert_only, removals.unexplained);
    } else if (lost > 0 && lost + removals.recent > allowed) {
        verdict.held = true;
        verdict.code = "mass_delete";
        auto const earlier = removals.recent == 0 ? std::string() : fmt::format(", {} were a moment ago", removals.recent);
        verdict.reason =
            fmt::format("{} of {} environments would be removed at once{}; {} are allowed", lost, managed, earlier, allowed);
    }
    if (approved.contains(verdict.id)) verdict.held = false;
    return verdict;
}

}  // namespace dayfly::reconcile
