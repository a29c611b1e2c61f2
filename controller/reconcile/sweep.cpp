// The controller's broom: apps that carry our mark and that no source claims, past the delete guard.
#include <algorithm>

#include "controller/plan/marks.h"
#include "controller/reconcile/conclude.h"
#include "controller/reconcile/controller.h"

namespace dayfly::reconcile {
namespace {

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
