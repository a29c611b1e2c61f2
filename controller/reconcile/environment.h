// One environment as the controller runs it: the wish, what was decided last, and what this process remembers about it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "controller/plan/desired.h"
#include "controller/plan/plan.h"
#include "controller/reconcile/idle.h"
#include "controller/reconcile/lost_create.h"
#include "controller/reconcile/secret_source.h"
#include "controller/reconcile/status.h"
#include "specs/environment.h"

namespace dayfly::reconcile {

/// The object is still in its source, and yet nothing of it should exist.
struct Ending {
    std::string reason;  ///< CamelCase, for conditions and the state: PullRequestClosed, Expired
    std::string message;
    friend bool operator==(Ending const&, Ending const&) = default;
};

/// A newer commit that is not run, and why.
struct HeldCommit {
    std::string commit;
    std::string reason;  ///< CamelCase: ForkNotApproved, ForksNotAllowed, ChecksPending, …
};

/// Where the code of an environment came from whose object is not known: by what its machines were told.
struct Origin {
    std::string repository;  ///< as it is cloned
    std::optional<std::int64_t> pull_request;
    std::string commit;
};

/// What is needed to follow a git source's machine until it is up.
struct BootWatch {
    fly::StringMap environment;    ///< the machine's
    int port = 0;                  ///< that has to be listened on; 0: none
    std::chrono::seconds start{};  ///< for that, from the start of the app
    std::chrono::seconds limit{};  ///< for everything
};

/// Why a git source did not come up.
struct BootFailure {
    std::string reason;  ///< BuildFailed, …: see boot_status.h
    std::string message;
    std::string hint = {};
    std::vector<std::string> lines = {};  ///< the end of the log that tells why
};

/// Something that was found different after it had been in place.
struct Drift {
    Instant since{};
    bool told = false;  ///< to the metrics
};

inline constexpr char expired_reason[] = "Expired";

struct Environment {
    specs::Key key;
    std::string app;
    std::string default_app;  ///< its name where the spec gives none; empty for one that no source ever named
    std::string former_app;   ///< an app of another name that was kept for its data, once that was told
    bool shares_app = false;  ///< another object wants the same app: neither gets anything done
    std::shared_ptr<specs::PreviewEnvironment const> spec;  ///< null once it is only there to be removed
    std::uint64_t generation = 0;  ///< counts what was wanted of it, from 1, also when its file was away in between
    Status status;

    std::optional<plan::Revision> revision;  ///< of a git source, as its host told it last
    std::optional<HeldCommit> held;          ///< the newest commit, while it is not run
    std::optional<Origin> origin;            ///< without a spec, once its machines were asked
    std::optional<Ending> ending;            ///< torn down like a removed object, and kept as a thing to tell about

    Usage usage;                           ///< when it was last used, for its clock
    plan::Rest rest = plan::Rest::AsItIs;  ///< asked for and not reached yet
    bool rest_by_hand = false;             ///< `rest` is a person's word
    bool paused = false;                   ///< by hand, until resumed or until this process ends: nothing is changed
    std::string tombstone;                 ///< with an ending: what stays of it, an app that carries this name
    bool emptied = false;                  ///< … and nothing else is left of it
    bool asked_again = false;              ///< its tombstone counts for nothing

    std::string hold;               ///< not empty: nothing may be done, and why (a conflict of sources)
    bool removing = false;          ///< no source wants it any more
    bool removal_released = false;  ///< and the delete guard let it go
    bool retry = false;             ///< a person wants what did not come up to be tried again
    bool look_first = false;        ///< the next pass asks the app itself, whatever is known

    std::optional<Error>
        start_failure;  ///< why the machine that was last awaited did not start; until it does or the wish changes

    std::optional<BootFailure> boot_failure;    ///< the same for a git source that did not come up
    std::map<std::string, BootWatch> boots;     ///< by machine: of a git source
    std::map<std::string, std::string> booted;  ///< machine version -> word of its boot, for what the mark does not tell yet

    std::string pass;                ///< the word for the latest pass, in the log and in exemplars
    bool asked_by_person = false;    ///< the next pass is one that a person wants
    bool told_from_outside = false;  ///< or one that news from elsewhere led to, such as a new commit

    unsigned attempts = 0;  ///< failures in a row
    unsigned rounds = 0;    ///< passes in a row that changed something: a plan that never gets empty is stopped
    std::map<std::string, Instant> full_regions;  ///< regions without room, and since when
    bool try_elsewhere = false;                   ///< the last try found one more region without room, and another is left
    std::map<std::string, unsigned> full_hosts;   ///< machine id -> how often in a row its host had no room for a change of it
    std::set<std::string> empty_volumes;          ///< made here, never mounted
    std::vector<LostCreate> lost_creates;         ///< of volumes, whose answers never came
    std::string seen_in_place;                    ///< fingerprint of the wish that was last found in place
    std::map<std::string, Drift> drift;           ///< by group of fields, until corrected
    std::optional<Instant> wanted_since;          ///< the change that is being converged, for metrics
    std::string operation = "create";             ///< what that change is: create, update, replace or delete
    std::optional<Instant> first_step_at;         ///< for the reaction time of that change
    bool reaction_told = false;
    std::string secrets_digest;
    std::optional<std::string> secrets_set;  ///< digest of those that were set in the app as it is now
    std::string secrets_fingerprint;         ///< tells without the slow digest that the values are the same

    /// Something to converge was seen just now: the clocks of its metrics start.
    void change_seen(Instant now) {
        wanted_since = now;
        first_step_at.reset();
        reaction_told = false;
        drift.clear();
    }
};

/// How one pass ended. Illegal mixes cannot be written.
struct Settled {
    std::vector<plan::Blocked> left = {};  ///< what differs and is left so on purpose; empty: nothing differs
};
struct Progressed {};  ///< something was done; look again at once
struct Waiting {
    std::string what;
    std::optional<Instant> until;  ///< look again then; unset: an awaited machine's end will say so
};
struct Failed {
    Error error;
};
struct Gone {};  ///< Fly confirmed that nothing is left
/// What is left of it at Fly says that it has expired.
struct Ended {
    std::string tombstone;
    bool emptied = false;  ///< nothing else is left
};
using Outcome = std::variant<Settled, Progressed, Waiting, Failed, Gone, Ended>;

}  // namespace dayfly::reconcile
