// Which app at Fly is whose: what an object claims, what nobody claims any more, and what two objects cannot both have.
#include <map>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

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

}  // namespace

void Controller::take_app(Environment& environment, std::string const& app) {
    if (!environment.app.empty() && environment.app != app) key_of_app_.erase(environment.app);
    environment.app = app;
    environment.status.app = app;
    auto const [place, is_new] = key_of_app_.try_emplace(app, environment.key);
    if (is_new || place->second == environment.key) return;
    auto const before = std::exchange(place->second, environment.key);
    auto const found = environments_.find(before);
    if (found == environments_.end() || desired_.wishes().contains(before)) return;
    // It stood for the app while nobody wanted it: nothing of that is to be removed any more.
    found->second.removing = false;
    found->second.removal_released = false;
    queue_.forget(before.text());
    if (!queue_.has(before.text())) environments_.erase(found);
}

void Controller::refuse_shared_apps() {
    std::map<std::string_view, std::vector<specs::Key const*>> wanted_by;
    bool any = false;
    for (auto const& [key, wish] : desired_.wishes()) {
        auto const& environment = environments_.at(key);
        if (environment.app.empty()) continue;
        any = any || environment.app != environment.default_app || environment.shares_app;
        wanted_by[environment.app].push_back(&key);
    }
    // Default names are told apart by their hash.
    if (!any) return;
    auto const now = clock_.wall();
    for (auto const& [app, keys] : wanted_by) {
        for (auto const* key : keys) {
            auto& environment = environments_.at(*key);
            if (keys.size() == 1) {
                bool const did_share = std::exchange(environment.shares_app, false);
                if (!did_share || desired_.wishes().at(*key).conflict) continue;
                environment.hold.clear();
                remove_condition(environment.status, "Stalled");
                key_of_app_.insert_or_assign(environment.app, *key);
                enqueue(*key, Priority::Asked, clock_.now());
                continue;
            }
            auto const& other = *key == *keys[0] ? *keys[1] : *keys[0];
            environment.shares_app = true;
            environment.hold = "app " + environment.app + " is also asked for by " + other.text();
            stall(environment, "AppNameConflict", environment.hold, now);
        }
    }
}

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

}  // namespace dayfly::reconcile
