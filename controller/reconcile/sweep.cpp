// The controller's broom: apps that carry our mark and that no source claims, past the delete guard.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "controller/plan/marks.h"
#include "controller/reconcile/conclude.h"
#include "controller/reconcile/controller.h"

namespace dayfly::reconcile {
namespace {

std::optional<specs::Key> key_in(std::string const& text) {
    auto const slash = text.find('/');
    if (slash == std::string::npos) return std::nullopt;
    return specs::Key{.namespace_ = text.substr(0, slash), .name = text.substr(slash + 1)};
}

/// Whose app this is by its marks, or because this process made it; nothing when nothing says that it is this owner's.
std::optional<specs::Key> owner_of(fleet::AppRecord const& record, plan::Ownership const& ownership) {
    for (auto const& [id, machine] : record.machines) {
        if (!plan::is_owners(machine.seen.metadata, ownership.owner)) continue;
        if (auto key = key_in(plan::mark_of(machine.seen.metadata, plan::environment_key))) return key;
    }
    if (auto key = key_in(record.created_for)) return key;
    if (plan::is_network_of(ownership.owner, record.app.network, record.app.name))
        return plan::unknown_environment(record.app.name);
    return std::nullopt;
}

/// True when its removal takes nothing that anybody could miss: it is kept on purpose, or nothing is in it.
bool loses_nothing(fleet::AppRecord const& record) {
    bool const orphan = std::ranges::any_of(record.machines, [](auto const& entry) {
        return plan::mark_of(entry.second.seen.metadata, plan::deletion_key) == "orphan";
    });
    bool const empty =
        record.machines.empty() && record.volumes.empty() && record.missing_machines.empty() && record.missing_volumes.empty();
    return orphan || empty;
}

}  // namespace

Environment* Controller::wanted_owner(specs::Key const& owner, fleet::AppRecord const& record) {
    if (desired_.wishes().contains(owner)) return &environments_.at(owner);
    if (!owner.namespace_.empty()) return nullptr;
    auto const hash = plan::hash_in_network(options_.ownership.owner, record.app.network);
    for (auto const& [key, wish] : desired_.wishes()) {
        if (plan::identity_hash(options_.ownership, key) == hash) return &environments_.at(key);
    }
    return nullptr;
}

bool Controller::keeps_former_app(Environment& environment, fleet::AppRecord const& record) {
    auto const& status = environment.status;
    // The new one can still fail: its name may be taken.
    if (!is_ready(status) || status.observed_generation != environment.generation) return true;
    bool const has_data = !record.volumes.empty() || !record.missing_volumes.empty();
    if (!has_data || plan::allows_replace(*environment.spec)) return false;
    if (std::exchange(environment.former_app, record.app.name) != record.app.name) {
        auto const message = "app " + record.app.name + " holds volumes and stays; annotate the object with " +
                             specs::allow_replace_yaml + " to let it go, or delete it by hand";
        add_event(environment.status, true, "ReplaceNotAllowed", message, clock_.wall());
        log_.warn("former app kept", {{"env", environment.key.text()}, {"app", record.app.name}, {"why", message}});
    }
    return true;
}

std::set<std::string> Controller::unclaimed_apps() {
    std::unordered_set<std::string_view> claimed;
    for (auto const& [key, wish] : desired_.wishes()) {
        auto const& environment = environments_.at(key);
        if (environment.ending && !environment.emptied && wish.usable()) continue;
        claimed.insert(environment.app.empty() ? environment.default_app : environment.app);
    }
    std::set<std::string> unclaimed;
    for (auto const& [name, record] : fleet_.apps()) {
        if (!record.listed || claimed.contains(name)) continue;
        auto const owner = owner_of(record, options_.ownership);
        if (!owner) continue;
        if (auto* environment = wanted_owner(*owner, record)) {
            // An object that cannot be read claims whatever carries its mark; one that gave its app another name has two.
            if (!desired_.wishes().at(environment->key).usable()) continue;
            if (environment->app != name && keeps_former_app(*environment, record)) continue;
        }
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
        auto const owner = key_of_app_.find(environment.app);
        bool const has_app = owner != key_of_app_.end() && owner->second == key && fleet_.apps().contains(environment.app);
        if (!fleet_.known() || has_app) continue;
        queue_.forget(key.text());
        if (!queue_.has(key.text())) forget(key);
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
        bool const harmless = loses_nothing(fleet_.apps().at(app));
        if (environment == nullptr || !environment->removal_released) {
            removals.apps.insert(app);
            if (harmless) ++removals.harmless;
            if (environment == nullptr || !environment->spec) ++removals.unexplained;
        }
        if (!harmless && (environment == nullptr || !environment->ending)) ++removals.managed;
    }
    removals.empty_source = desired_.empty_source();
    removals.upsert_only = desired_.upsert_only_source();
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
        if (!approved_.contains(verdict.id) && !loses_nothing(fleet_.apps().at(app))) released_.push_back(clock_.now());
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
