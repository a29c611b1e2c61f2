// The planner at work: collects steps by stage while it walks an environment's resources in the order in which Fly wants them.
// Private to plan.cpp and plan_machine.cpp.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/plan/plan.h"

namespace dayfly::plan {

class Planner {
public:
    Planner(Desired const& desired, fly::Observed const& observed, PlanPolicy const& policy);
    Plan run() &&;

private:
    [[nodiscard]] bool truth() const;
    [[nodiscard]] bool app_exists() const;
    /// Notes the first reason why the app itself must be looked at before anything is decided.
    void look(std::string why);
    /// Notes the first thing that has to come to rest.
    void wait(std::string what);
    void block(std::string reason, std::string message);
    /// False when nothing below the app can be planned.
    bool app();
    void sort_out_machines();
    /// Everything of an environment lives in one region: where its machines or volumes are, else the first with room.
    void choose_region();
    void addresses();
    void certificates();
    /// The addresses and host names that our machines say we asked for.
    [[nodiscard]] std::set<std::string> asked_for() const;
    /// They name a host name, so its certificate may be there.
    [[nodiscard]] bool unwanted_host_names() const;
    /// A machine is made only after its addresses were, so its mark tells that they exist.
    [[nodiscard]] bool addresses_recorded() const;
    void secrets();
    /// The volume that `machine` is to mount: the one it holds, else the oldest free one of the right name.
    [[nodiscard]] fly::Volume const* volume_for(DesiredMachine const& machine, fly::ObservedMachine const* existing) const;
    /// A machine's own config tells the truth about its mount; the volume list trails behind and serves where there is no
    /// config.
    [[nodiscard]] static bool holds(fly::ObservedMachine const& machine, fly::Volume const& volume);
    void plan_machine(DesiredMachine const& machine);
    /// Sees to a volume that is there and wanted. False when the machine cannot be planned on it.
    bool prepare_volume(DesiredMachine const& machine, fly::Volume const& volume);
    /// A volume that has to go with what it holds: only with the owner's explicit word.
    bool may_lose_volume(fly::Volume const& volume, std::string const& why);
    void lose_volume(fly::Volume const& volume, std::string const& why);
    bool create_volume(DesiredMachine const& machine);
    void create_machine(DesiredMachine const& machine, std::string const& volume_id, Effect effect, std::string reason);
    void plan_existing(DesiredMachine const& machine, fly::ObservedMachine const& existing);
    /// Why the machine cannot be changed in place; empty when it can.
    [[nodiscard]] std::string must_replace(DesiredMachine const& machine, fly::ObservedMachine const& existing,
                                           fly::Volume const* volume) const;
    /// The spec asks for less than it did. A volume that is larger for another reason has grown by itself or by hand: not
    /// drift.
    [[nodiscard]] static bool shrinks(DesiredMachine const& machine, fly::ObservedMachine const& existing);
    void replace_machine(DesiredMachine const& machine, fly::ObservedMachine const& existing, fly::Volume const* volume,
                         std::string const& why);
    /// Fly: a machine never leaves its host by itself; where that has no room, only another machine helps. True when it is
    /// planned.
    bool leaves_full_host(DesiredMachine const& machine, fly::ObservedMachine const& existing);
    void update_machine(fly::ObservedMachine const& existing, DesiredMachine updated, fly::Volume const* volume, bool leave,
                        std::string reason, std::vector<FieldChange> fields);
    /// The machine's program did not come up with this version, for the reason `word`.
    void after_failed_boot(DesiredMachine const& machine, fly::ObservedMachine const& existing, fly::Volume const* volume,
                           std::string const& word);
    void update_or_rest(DesiredMachine const& machine, fly::ObservedMachine const& existing, fly::Volume const* volume);
    /// Whether the environment is to be put to sleep or woken; a request that woke the machine it is for wakes the others.
    [[nodiscard]] Rest rest_wanted() const;
    /// The mark that keeps this machine asleep; empty when it needs none: the proxy alone starts it again.
    [[nodiscard]] std::string rest_mark(DesiredMachine const& machine, fly::ObservedMachine const& existing) const;
    void put_to_sleep(DesiredMachine const& machine, fly::ObservedMachine const& existing);
    /// False when it may go on resting.
    bool wake(DesiredMachine const& machine, fly::ObservedMachine const& existing);
    void set_rest_mark(fly::ObservedMachine const& existing, std::string const& value, std::string reason);
    /// An update of a resting machine leaves it so, unless it brings a new commit or image.
    [[nodiscard]] bool leaves_asleep(DesiredMachine const& machine, fly::ObservedMachine const& existing) const;
    /// Marks that say nothing about the machine's own config are put right without restarting it.
    void restore_marks(DesiredMachine const& machine, fly::ObservedMachine const& existing);
    /// Under driftPolicy detect: true, and told with `reason`; else false and nothing happens.
    bool detect_only(std::string drift, std::string reason = "DriftDetected");
    /// Under driftPolicy detect, a wish that was in place leads to no writes but those for new secret values.
    void report_drift_only();
    void surplus();
    void surplus_of_a_name(fly::Volume const& volume);
    Plan result() &&;
    Desired const& desired_;
    fly::Observed const& observed_;
    PlanPolicy const& policy_;
    Plan plan_;
    std::string region_;
    bool secrets_stale_ = false;
    bool secret_values_changed_ = false;
    Rest rest_ = Rest::AsItIs;
    std::map<std::string, fly::ObservedMachine const*> ours_;
    std::set<std::string> foreign_ids_;
    std::set<std::string> foreign_names_;
    std::set<std::string> used_volumes_;
    std::set<std::string> lost_volumes_;
    std::vector<Step> app_, prepare_, destroy_, delete_volumes_, make_volumes_, make_machines_, rest_marks_, update_, marks_,
        await_;
};

}  // namespace dayfly::plan
