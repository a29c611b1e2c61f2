// See plan.h. This half plans the app and what belongs to it as a whole; plan_machine.cpp plans each machine with its volume.
#include "controller/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "controller/plan/marks.h"
#include "controller/plan/planner.h"
#include "controller/plan/tombstone.h"

namespace dayfly::plan {

Planner::Planner(Desired const& desired, fly::Observed const& observed, PlanPolicy const& policy)
    : desired_(desired), observed_(observed), policy_(policy) {
    plan_.key = desired.key;
    plan_.app = desired.app;
}

Plan Planner::run() && {
    if (app()) {
        sort_out_machines();
        choose_region();
        addresses();
        secrets();
        certificates();
        rest_ = rest_wanted();
        for (auto const& machine : desired_.machines) plan_machine(machine);
        surplus();
    }
    return std::move(*this).result();
}

bool Planner::truth() const { return observed_.depth == fly::Depth::Truth; }

bool Planner::app_exists() const { return observed_.presence == fly::Presence::Present; }

void Planner::look(std::string why) {
    if (plan_.needs_look.empty()) plan_.needs_look = std::move(why);
}

void Planner::wait(std::string what) {
    if (plan_.waiting_for.empty()) plan_.waiting_for = std::move(what);
}

void Planner::block(std::string reason, std::string message) {
    plan_.blocked.push_back({.reason = std::move(reason), .message = std::move(message)});
}

bool Planner::app() {
    if (observed_.presence == fly::Presence::Foreign) {
        block("NameTaken", fmt::format("app {} belongs to another organisation", desired_.app));
        return false;
    }
    if (!app_exists()) {
        if (!truth() && !observed_.never_attempted) {
            look("the app is not listed");
            return false;
        }
        app_.push_back({.operation = CreateApp{desired_.ownership.organization, desired_.network}, .reason = "not there"});
        return true;
    }
    if (prove_app(observed_, desired_.ownership, desired_.key) != Proof::Ours) {
        if (!truth()) {
            look("the app does not prove whose it is");
        } else {
            block("NotOurs", fmt::format("app {} exists without Dayfly's mark (its network is '{}'); it is left alone",
                                         desired_.app, observed_.app.network));
        }
        return false;
    }
    return true;
}

void Planner::sort_out_machines() {
    for (auto const& machine : observed_.machines) {
        if (is_ours(machine.metadata, desired_.ownership.owner, desired_.key)) {
            ours_.emplace(machine.name, &machine);
        } else {
            foreign_ids_.insert(machine.id);
            foreign_names_.insert(machine.name);
        }
    }
}

void Planner::choose_region() {
    auto const allowed = [&](std::string const& region) {
        return std::ranges::find(desired_.regions, region) != desired_.regions.end();
    };
    for (auto const& [name, machine] : ours_) {
        if (allowed(machine->region)) {
            region_ = machine->region;
            return;
        }
    }
    for (auto const& volume : observed_.volumes) {
        bool const movable = policy_.empty_volumes.contains(volume.id) && policy_.full_regions.contains(volume.region);
        if (allowed(volume.region) && !movable) {
            region_ = volume.region;
            return;
        }
    }
    auto const room = std::ranges::find_if(desired_.regions,
                                           [&](std::string const& region) { return !policy_.full_regions.contains(region); });
    region_ = room == desired_.regions.end() ? desired_.regions.front() : *room;
}

void Planner::addresses() {
    auto const assign = [&](fly::IpType type) { prepare_.push_back({.operation = AssignIp{type}, .reason = "not there"}); };
    if (!app_exists()) {
        for (auto const type : desired_.ips) assign(type);
        return;
    }
    if (observed_.ips) {
        for (auto const type : desired_.ips) {
            if (std::ranges::find(*observed_.ips, type, &fly::Ip::type) == observed_.ips->end()) assign(type);
        }
        // Only addresses that we asked for are ours to give back; a dedicated one that somebody bought stays.
        for (auto const& ip : *observed_.ips) {
            if (!desired_.ips.contains(ip.type) && asked_for().contains(std::string(fly::to_string(ip.type)))) {
                prepare_.push_back({.operation = ReleaseIp{ip}, .effect = Effect::Delete, .reason = "no longer wanted"});
            }
        }
    } else if (!addresses_recorded()) {
        look("the wanted addresses changed");
    }
}

void Planner::certificates() {
    if (!app_exists()) {
        for (auto const& host : desired_.domains) {
            prepare_.push_back({.operation = CreateCertificate{host}, .reason = "not there"});
        }
        return;
    }
    if (!observed_.certificates) {
        // The marks are all that tells of a certificate that has to go: they change only after it was looked for.
        if (truth() ? unwanted_host_names() : !addresses_recorded()) look("the wanted host names changed");
        return;
    }
    for (auto const& host : desired_.domains) {
        if (std::ranges::find(*observed_.certificates, host, &fly::Certificate::hostname) == observed_.certificates->end()) {
            prepare_.push_back({.operation = CreateCertificate{host}, .reason = "not there"});
        }
    }
    for (auto const& certificate : *observed_.certificates) {
        if (!desired_.domains.contains(certificate.hostname) && asked_for().contains(certificate.hostname)) {
            prepare_.push_back(
                {.operation = DeleteCertificate{certificate.hostname}, .effect = Effect::Delete, .reason = "no longer wanted"});
        }
    }
}

std::set<std::string> Planner::asked_for() const {
    std::set<std::string> all;
    for (auto const& [name, machine] : ours_) all.merge(names_in(mark_of(machine->metadata, addresses_key)));
    return all;
}

bool Planner::unwanted_host_names() const {
    return std::ranges::any_of(asked_for(), [&](std::string const& name) {
        return name.find('.') != std::string::npos && !desired_.domains.contains(name);
    });
}

bool Planner::addresses_recorded() const {
    if (ours_.empty()) return desired_.ips.empty() && desired_.domains.empty();
    return std::ranges::all_of(ours_, [&](auto const& entry) {
        auto const& wanted = desired_.machines.front().config.metadata;
        return mark_of(entry.second->metadata, addresses_key) == mark_of(wanted, addresses_key);
    });
}

void Planner::secrets() {
    std::set<std::string> removed;
    bool stale = !app_exists() && !desired_.secret_names.empty();
    std::string reason = "not there";
    for (auto const& [name, machine] : ours_) {
        for (auto const& old : names_in(mark_of(machine->metadata, secret_names_key))) {
            if (!desired_.secret_names.contains(old)) removed.insert(old);
        }
        if (mark_of(machine->metadata, secrets_key) != desired_.secrets_digest) {
            stale = true;
            secret_values_changed_ = true;
            reason = "the values changed";
        }
    }
    if (ours_.empty()) stale = !desired_.secret_names.empty() && policy_.secrets_set != desired_.secrets_digest;
    if (observed_.secrets) {
        for (auto const& wanted : desired_.secret_names) {
            if (std::ranges::find(*observed_.secrets, wanted, &fly::AppSecret::name) == observed_.secrets->end()) stale = true;
        }
        std::erase_if(removed, [&](std::string const& name) {
            return std::ranges::find(*observed_.secrets, name, &fly::AppSecret::name) == observed_.secrets->end();
        });
    }
    auto const tombstones = observed_.secrets ? tombstones_in(*observed_.secrets) : std::set<std::string>{};
    if (!stale && removed.empty()) {
        // An app that lives (again) must not say that it has expired; no machine sees this name, so none is restarted.
        if (!tombstones.empty()) {
            prepare_.push_back({.operation = SetSecrets{{}, tombstones}, .effect = Effect::Update, .reason = "it lives again"});
        }
        return;
    }
    removed.insert(tombstones.begin(), tombstones.end());
    secrets_stale_ = true;
    prepare_.push_back({.operation = SetSecrets{desired_.secret_names, std::move(removed)},
                        .effect = ours_.empty() ? Effect::Create : Effect::Update,
                        .reason = reason});
}

void Planner::surplus() {
    std::set<std::string> wanted;
    for (auto const& machine : desired_.machines) wanted.insert(machine.name);
    std::set<std::string> leaving;
    for (auto const& [name, machine] : ours_) {
        if (wanted.contains(name)) continue;
        leaving.insert(machine->id);
        if (machine->state == "destroying") continue;
        destroy_.push_back(
            {.operation = DestroyMachine{machine->id, name}, .effect = Effect::Delete, .reason = "not in the spec"});
    }
    for (auto const& volume : observed_.volumes) {
        if (used_volumes_.contains(volume.id) || foreign_ids_.contains(volume.attached_machine_id)) continue;
        auto const same_name = std::ranges::find_if(desired_.machines, [&](DesiredMachine const& machine) {
            return machine.volume && machine.volume->name == volume.name;
        });
        bool const attached = !volume.attached_machine_id.empty() && !leaving.contains(volume.attached_machine_id);
        if (attached) continue;
        if (same_name != desired_.machines.end()) {
            surplus_of_a_name(volume);
            continue;
        }
        if (!truth()) {
            look(fmt::format("volume {} is not in the spec", volume.name));
            continue;
        }
        if (!desired_.allow_replace) {
            block("ReplaceNotAllowed",
                  fmt::format("volume {} ({}) is not in the spec any more and would be lost; annotate the object with {} to "
                              "let it happen",
                              volume.name, volume.id, specs::allow_replace_yaml));
            continue;
        }
        delete_volumes_.push_back(
            {.operation = DeleteVolume{volume.id, volume.name}, .effect = Effect::Delete, .reason = "not in the spec"});
    }
}

void Planner::surplus_of_a_name(fly::Volume const& volume) {
    bool const first_in_use = std::ranges::any_of(observed_.volumes, [&](fly::Volume const& other) {
        return other.name == volume.name && other.id != volume.id && !other.attached_machine_id.empty();
    });
    if (!first_in_use) return;
    bool const ours = policy_.own_doubles.contains(volume.id) || policy_.empty_volumes.contains(volume.id);
    if (!ours && !desired_.allow_replace) {
        // Volumes carry no marks: a copy that somebody made by hand before trying something looks just like a double of ours.
        block(
            "UnknownVolume",
            fmt::format("volume {} ({}) is a second one of its name and nothing proves that Dayfly made it; it is left alone. "
                        "Remove it at Fly, or annotate the object with {}",
                        volume.name, volume.id, specs::allow_replace_yaml));
        return;
    }
    if (!truth()) {
        look(fmt::format("volume {} is there twice", volume.name));
        return;
    }
    delete_volumes_.push_back(
        {.operation = DeleteVolume{volume.id, volume.name}, .effect = Effect::Delete, .reason = "a double"});
}

Plan Planner::result() && {
    // Without the whole picture nothing is done at all: half a plan on a guess is how doubles are made.
    if (!plan_.needs_look.empty()) {
        plan_.blocked.clear();
        return std::move(plan_);
    }
    if (desired_.drift_policy == specs::DriftPolicy::Detect && policy_.seen_in_place) report_drift_only();
    // Where volumes are deleted first, a new one of the same name comes a stage later.
    auto first = std::move(prepare_);
    if (delete_volumes_.empty() && destroy_.empty()) {
        std::ranges::move(make_volumes_, std::back_inserter(first));
        make_volumes_.clear();
    }
    for (auto* steps : {&app_, &first, &destroy_, &delete_volumes_, &make_volumes_, &make_machines_, &rest_marks_, &update_,
                        &marks_, &await_}) {
        if (!steps->empty()) plan_.stages.push_back({std::move(*steps)});
    }
    if (desired_.suspend && !plan_.stages.empty()) {
        plan_.stages.clear();
        block("Suspended", "spec.suspend is true; nothing is changed");
    }
    return std::move(plan_);
}

bool Planner::detect_only(std::string drift, std::string reason) {
    if (desired_.drift_policy == specs::DriftPolicy::Correct) return false;
    block(std::move(reason), std::move(drift) + "; driftPolicy is detect");
    return true;
}

void Planner::report_drift_only() {
    auto const report = [&](std::vector<Step>& steps) {
        for (auto const& step : steps) {
            auto const subject = subject_of(step.operation);
            bool const missing =
                std::holds_alternative<CreateApp>(step.operation) || std::holds_alternative<CreateMachine>(step.operation);
            detect_only(fmt::format("{}{}{}: {}", kind_of(step.operation), subject.empty() ? "" : " ", subject, step.reason),
                        missing ? "DriftMissing" : "DriftDetected");
        }
        steps.clear();
    };
    // Sleeping and waking is what the spec asks for, not drift from it; a start for another reason was held back before.
    auto const rests = [](Step const& step) {
        auto const* metadata = std::get_if<SetMetadata>(&step.operation);
        return std::holds_alternative<StartMachine>(step.operation) || std::holds_alternative<StopMachine>(step.operation) ||
               std::holds_alternative<SuspendMachine>(step.operation) || (metadata != nullptr && metadata->key == asleep_key);
    };
    std::vector<Step> for_rest;
    std::vector<Step> for_wake;
    for (auto* steps : {&update_, &marks_}) {
        std::ranges::copy_if(*steps, std::back_inserter(steps == &marks_ ? for_wake : for_rest), rests);
        std::erase_if(*steps, rests);
    }
    std::vector<Step> for_secrets;
    if (secret_values_changed_) {
        auto const is_for_secrets = [](Step const& step) { return std::holds_alternative<SetSecrets>(step.operation); };
        std::ranges::copy_if(prepare_, std::back_inserter(for_secrets), is_for_secrets);
        std::erase_if(prepare_, is_for_secrets);
    }
    for (auto* steps : {&app_, &prepare_, &destroy_, &delete_volumes_, &make_volumes_, &make_machines_, &marks_})
        report(*steps);
    prepare_ = std::move(for_secrets);
    marks_ = std::move(for_wake);
    if (!secret_values_changed_) report(update_);
    std::ranges::move(for_rest, std::back_inserter(update_));
    // What is not made need not be awaited.
    std::erase_if(await_, [](Step const& step) { return std::get<AwaitStarted>(step.operation).id.empty(); });
}

bool is_resting(std::string_view state) { return state == "stopped" || state == "suspended"; }

bool is_settled(std::string_view state, bool may_rest) { return state == "started" || (may_rest && is_resting(state)); }

bool Blocked::on_purpose() const {
    return reason == "Suspended" || reason == "DriftDetected" || reason == "DriftMissing" || reason == "UnknownVolume";
}

Plan make_plan(Desired const& desired, fly::Observed const& observed, PlanPolicy const& policy) {
    return Planner(desired, observed, policy).run();
}

}  // namespace dayfly::plan
