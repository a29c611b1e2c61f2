// What is told about one environment: conditions, steps, resources, events. Plain values with the rules of how they change.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/result.h"
#include "controller/fly/observed.h"
#include "controller/plan/desired.h"

namespace dayfly::reconcile {

enum class Truth { False, True, Unknown };

struct Condition {
    std::string type;
    Truth status = Truth::Unknown;
    std::string reason;  ///< CamelCase, never empty
    std::string message;
    std::uint64_t observed_generation = 0;
    WallTime last_transition{};  ///< of `status`
};

/// The steps that people see, in this order. They come from the guide that the product grew from.
inline constexpr std::string_view step_names[] = {"Repository", "Policy",  "App",   "Network", "Secrets", "Volume",  "Machine",
                                                  "Clone",      "Install", "Build", "Start",   "Health",  "Feedback"};

struct StepStatus {
    std::string name;
    std::string state;  ///< Pending | Running | Done | Failed | Skipped
    std::string message;
    std::optional<WallTime> started;
    std::optional<WallTime> ended;
};

struct Resource {
    std::string kind;
    std::string name;
    std::string id;
    std::string state;
    std::string region;
};

struct Failure {
    std::string code;  ///< the error kind
    std::string message;
    std::string hint;
    unsigned attempts = 0;
    std::optional<WallTime> retry_at;
    std::vector<std::string> lines = {};  ///< of a git source: the last lines of the stage that failed
};

/// The end of what one stage of a git source wrote, secrets masked.
struct StageLog {
    std::deque<std::string> lines;  ///< oldest first
    std::uint64_t total = 0;        ///< lines so far, those that were dropped included
};

struct Event {
    WallTime first{};
    WallTime last{};
    unsigned count = 1;
    bool warning = false;
    std::string reason;
    std::string message;
};

/// One applied generation.
struct HistoryEntry {
    std::uint64_t generation = 0;
    std::string revision;
    WallTime applied{};
    std::string outcome;
};

struct Status {
    std::uint64_t observed_generation = 0;
    std::string
        state;  ///< for eyes only: Pending, Creating, Updating, Running, Sleeping, Failed, Stalled, Suspended, Deleting, …
    std::string app;
    std::string url;
    std::string local_url;  ///< where a simulated Fly serves it on this computer; empty otherwise
    std::string revision_wanted;
    std::string revision_running;
    std::string image_digest;
    std::vector<Condition> conditions;
    std::vector<StepStatus> steps;
    std::vector<Resource> resources;
    std::optional<Failure> failure;
    std::string handled_reconcile_at;       ///< the last value of the reconcile-at annotation that was acted on
    std::optional<WallTime> last_activity;  ///< the latest sign of use: a request, a commit, a change, a wake
    std::optional<WallTime> sleeps_at;      ///< unless somebody uses it before
    std::optional<WallTime> expires_at;     ///< unless somebody uses it before
    std::string clock_message;              ///< why it does not sleep or expire, or when it would; for people
    double cost_per_hour = 0;               ///< US dollars while awake
    WallTime created{};
    std::optional<WallTime> ready_since;
    std::deque<HistoryEntry> history;      ///< the last five, newest first
    std::deque<Event> events;              ///< the last fifty, newest first
    std::map<std::string, StageLog> logs;  ///< clone, install, build, start

    /// What a person can open.
    [[nodiscard]] std::string const& usable_url() const { return local_url.empty() ? url : local_url; }
};

[[nodiscard]] Condition const* find_condition(Status const& status, std::string_view type);
[[nodiscard]] bool is_ready(Status const& status);

/// Sets a condition; its transition time moves only when its status changes. Ready stands first.
void set_condition(Status& status, Condition condition, WallTime now);
/// Abnormal-true conditions (Reconciling, Stalled, DeletionBlocked) are there only while they hold.
void remove_condition(Status& status, std::string_view type);

/// Adds an event or counts up the newest one when it says the same.
void add_event(Status& status, bool warning, std::string reason, std::string message, WallTime now);

void set_step(Status& status, std::string_view name, std::string state, std::string message, WallTime now);

/// What exists, from the picture.
[[nodiscard]] std::vector<Resource> resources_of(fly::Observed const& observed);
/// US dollars per hour while everything is awake.
[[nodiscard]] double cost_of(plan::Desired const& desired);

}  // namespace dayfly::reconcile
