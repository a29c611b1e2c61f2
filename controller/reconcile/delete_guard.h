// The guard before every removal: a source that suddenly wants little must not cost anybody their environments. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <string>

namespace dayfly::reconcile {

struct DeleteGuardOptions {
    std::size_t max_count = 3;     ///< so many removals at once are always fine …
    std::size_t max_percent = 30;  ///< … and so many percent of all environments
    std::chrono::seconds window{
        600};  ///< removals that were let go so recently still count, so that a trickle is no way around
};

struct Removals {
    std::set<std::string> apps;   ///< that nobody claims any more
    std::size_t harmless = 0;     ///< of these, the ones that hold nothing or are kept on purpose: they do not count
    std::size_t managed = 0;      ///< all environments, those to be removed included
    std::size_t recent = 0;       ///< let go within the window, without a person's word
    std::size_t wanted = 0;       ///< environments that some source still wants
    std::string empty_source;     ///< not empty: one of the sources that was read in full and holds nothing
    std::string upsert_only;      ///< not empty: a source that never says whether it is complete …
    std::size_t unexplained = 0;  ///< … and apps that it may have wanted before this process began
    std::string sources_problem;  ///< not empty: a source was not read in full, and says why
};

struct Verdict {
    bool held = false;
    std::string id;      ///< of this very set of removals; approving it approves nothing else
    std::string reason;  ///< for people
    std::string code;    ///< mass_delete | source_empty | source_partial | source_degraded
};

/// `approved`: ids that a person has released.
[[nodiscard]] Verdict judge(Removals const& removals, DeleteGuardOptions const& options, std::set<std::string> const& approved);

}  // namespace dayfly::reconcile
