// desired × observed -> plan. Pure: no I/O, no clock, no log. Running a plan to its end and planning again gives an empty plan.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/fly/observed.h"
#include "controller/plan/desired.h"
#include "controller/plan/step.h"

namespace dayfly::plan {

/// The steps of one stage are independent of each other and run at the same time; stages run one after the other.
struct Stage {
    std::vector<Step> steps;
};

/// Something that would have to be done and is not, and why. `reason` is a CamelCase word for conditions.
struct Blocked {
    std::string reason;
    std::string message;
    /// Left so on purpose: the environment is as good as somebody wanted it to be, and nothing is to be tried again.
    [[nodiscard]] bool on_purpose() const;
    friend bool operator==(Blocked const&, Blocked const&) = default;
};

struct Plan {
    specs::Key key;
    std::string app;
    std::vector<Stage> stages;
    std::vector<Blocked> blocked;
    /// Not empty: what is known does not allow a decision; look at the app itself first. The text says why.
    std::string needs_look;
    /// Not empty: nothing can be done before something at Fly has come to rest; the text says what.
    std::string waiting_for;

    /// Nothing to do and nothing held back.
    [[nodiscard]] bool empty() const { return stages.empty() && blocked.empty() && needs_look.empty() && waiting_for.empty(); }
};

/// What an environment's clock or a person asked for last; marks keep it at Fly once it is done.
enum class Rest {
    AsItIs,  ///< nothing: what the marks say holds
    Asleep,
    Awake,
};

/// What this process remembers that Fly does not tell.
struct PlanPolicy {
    Rest rest = Rest::AsItIs;
    bool by_hand = false;                 ///< `rest` is a person's word: not even a new commit wakes it
    bool retry = false;                   ///< a person wants what did not come up to be tried again
    std::set<std::string> full_regions;   ///< regions that just had no room
    std::set<std::string> full_hosts;     ///< ids of machines whose host had no room for their next version, again and again
    std::set<std::string> empty_volumes;  ///< ids of volumes that this process made and no machine ever held
    std::set<std::string> own_doubles;    ///< ids of volumes that only a lost answer to this process can have left behind
    /// Digest of the secrets that this process set in the app as it is now; no mark tells before there is a machine.
    std::optional<std::string> secrets_set = {};
    /// This very wish was once seen in place by this process: whatever differs now is drift, and nothing is unfinished.
    bool seen_in_place = false;
};

[[nodiscard]] Plan make_plan(Desired const& desired, fly::Observed const& observed, PlanPolicy const& policy);

/// The plan that removes everything of an environment whose spec is gone. Ownership must be proved by `observed`; whatever is
/// in the app and not ours blocks it. `wanted`: the deletion policy where the spec is known; else the machines' marks tell.
[[nodiscard]] Plan make_deletion_plan(specs::Key const& key, Ownership const& ownership, fly::Observed const& observed,
                                      std::optional<specs::DeletionPolicy> wanted = std::nullopt);

/// The plan that removes what costs anything of an environment that has expired, and leaves the empty app with the secret name
/// `tombstone`, so that a later process knows. Empty once that is done; blocked like a deletion.
[[nodiscard]] Plan make_expiry_plan(specs::Key const& key, Ownership const& ownership, fly::Observed const& observed,
                                    std::string const& tombstone);

/// True when the machine rests in a state that counts as up for `desired`.
[[nodiscard]] bool is_settled(std::string_view state, bool may_rest);
/// stopped or suspended.
[[nodiscard]] bool is_resting(std::string_view state);

}  // namespace dayfly::plan
