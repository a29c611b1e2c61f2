// The controller's broom: apps that carry our mark and that no source claims, past the delete guard.
#include <algorithm>
#include <unordered_set>

#include "controller/plan/marks.h"
#include "controller/reconcile/conclude.h"
#include "controller/reconcile/controller.h"

namespace dayfly::reconcile {
namespace {

/// Whose app this is by its marks; nothing when it carries none of this owner's.
std::optional<specs::Key> owner_of(fleet::AppRecord const& record, plan::Ownership const& ownership) {
    for (auto const& [id, machine] : record.machines) {
        if (!plan::is_owners(machine.seen.metadata, ownership.owner)) continue;
        auto const& text = plan::mark_of(machine.seen.metadata, plan::environment_key);
        auto const slash = text.find('/');
        if (slash != std::string::npos) return specs::Key{.namespace_ = text.substr(0, slash), .name = text.substr(slash + 1)};
    }
    auto const hash = plan::hash_in_network(ownership.owner, record.app.network);
    if (!hash.empty() && record.app.name.ends_with('-' + hash)) return plan::unknown_environment(record.app.name);
    return std::nullopt;
}

}  // namespace

std::set<std::string> Controller::unclaimed_apps() const {
    std::unordered_set<std::string_view> claimed;
    for (auto const& [key, wish] : desired_.wishes()) {
        auto const& environment = environments_.at(key);
        if (environment.ending && !environment.emptied && wish.usable()) continue;
        claimed.insert(environment.default_app);
        claimed.insert(environment.app);
    }
    std::set<std::string> unclaimed;
    for (auto const& [name, record] : fleet_.apps()) {
        if (!record.listed || claimed.contains(name)) continue;
        auto const owner = owner_of(record, options_.ownership);
        if (!owner) continue;
        // An object that renamed its app: the old one is unclaimed. One that cannot be read claims whatever carries its mark.
        auto const wish = desired_.wishes().find(*owner);
        if (wish != desired_.wishes().end() && !wish->second.usable()) continue;
        unclaimed.insert(name);
    }
    return unclaimed;
}

Environment& Controller::removal_of(std::string const& app) {
    if (auto const known = key_of_app_.find(app); known != key_of_app_.end()) {
        // Without a machine an app does not tell its environment's name, but this process may remember it.
        if (auto const found = environments_.find(known->second); found != environments_.end() && found->second.app == app)
            return found->second;
    }
    auto const& record = fleet_.apps().at(app);
    auto key = owner_of(record, options_.ownership).value_or(plan::unknown_environment(app));
    // The key still stands for an object that lives elsewhere now: this one is told about under the app's own name.
    if (auto const found = environments_.find(key); found != environments_.end() && found->second.app != app)
        key = plan::unknown_environment(app);
    auto& environment = environments_[key];
    if (environment.app.empty()) {
        environment.key = key;
        environment.app = app;
        environment.status.app = app;
        environment.status.created = clock_.wall();
    }
    key_of_app_.insert_or_assign(app, key);
    return environment;
}

void Controller::sweep() {
    // Objects that nobody claims and that have nothing at Fly are simply forgotten.
    for (auto it = environments_.begin(); it != environments_.end();) {
        auto const key = it->first;
        auto& environment = (it++)->second;
        if (desired_.wishes().contains(key)) continue;
        // Its file is gone: what an end left as its memory goes too.
        if (environment.ending) {
            environment.ending.reset();
            environment.tombstone.clear();
            environment.emptied = false;
            environment.removing = false;
            environment.removal_released = false;
        }
        bool const at_fly = fleet_.apps().contains(environment.app);
        if (!at_fly && fleet_.known() && !queue_.has(key.text())) forget(key);
    }
    if (!options_.prune || !fleet_.known()) return;

    auto const apps = unclaimed_apps();
    Removals removals;
    removals.wanted = desired_.wishes().size();
    removals.managed = removals.wanted;
    for (auto const& app : apps) {
        auto const known = key_of_app_.find(app);
        auto const place = known == key_of_app_.end() ? environments_.end() : environments_.find(known->second);
        auto const* environment = place == environments_.end() ? nullptr : &place->second;
        if (environment == nullptr || !environment->removal_released) removals.apps.insert(app);
        if (environment == nullptr || !environment->ending) ++removals.managed;
    }
    if (!desired_.proven()) {
        // Not a hold yet: the second complete look is on its way.
        removals.sources_problem = desired_.degraded();
        if (removals.sources_problem.empty()) return;
    }
    while (!released_.empty() && clock_.now() - released_.front() >= options_.delete_guard.window) released_.pop_front();
    removals.recent = released_.size();
    auto const verdict = judge(removals, options_.delete_guard, approved_);
    auto const now = clock_.wall();
    if (verdict.held) {
        if (!held_ || held_->verdict.id != verdict.id || held_->verdict.code != verdict.code) {
            log_.warn("deletions held", {{"id", verdict.id},
                                         {"code", verdict.code},
                                         {"reason", verdict.reason},
                                         {"apps", std::to_string(removals.apps.size())},
                                         {"release", "dayfly approve-deletes " + verdict.id}});
            held_ = HeldDeletes{verdict, removals.apps, now};
        }
    } else {
        held_.reset();
    }
    for (auto const& app : removals.apps) {
        auto& environment = removal_of(app);
        if (!environment.removing) environment.change_seen(clock_.now());
        environment.removing = true;
        environment.operation = "delete";
        std::string const why = environment.ending ? environment.ending->message : "no source wants it any more";
        conclude_removal(environment, verdict.held, verdict.held ? verdict.reason : why, now);
        if (verdict.held) continue;
        environment.removal_released = true;
        if (!approved_.contains(verdict.id)) released_.push_back(clock_.now());
        environment.attempts = 0;
        environment.rounds = 0;
        add_event(environment.status, false, "Deleting", why, now);
        log_.info("deleting", {{"env", environment.key.text()}, {"app", app}});
        enqueue(environment.key, Priority::Normal, clock_.now());
    }
    // An approval is for once: the same objects lost again are asked about again.
    if (!verdict.held) approved_.erase(verdict.id);
}

Result<void> Controller::approve_deletes(std::string const& id) {
    if (!held_ || held_->verdict.id != id) {
        return failure(ErrorKind::NotFound, "no deletions of id " + id + " are held",
                       held_ ? "The held set is " + held_->verdict.id + " now." : "Nothing is held at the moment.");
    }
    if (held_->verdict.code == "source_degraded") {
        return failure(ErrorKind::Refused,
                       "deletions wait for a source that was not read in full; no approval can stand in for it");
    }
    approved_.insert(id);
    sweep();
    changed_.notify();
    return {};
}

}  // namespace dayfly::reconcile
