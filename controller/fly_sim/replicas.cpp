#include "controller/fly_sim/replicas.h"

#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

template <class T>
void OrgIndex<T>::put(WallTime updated, std::string const& id, std::shared_ptr<T const> thing) {
    erase(id);
    places_[id] = updated;
    rows_.insert_or_assign(Key{updated, id}, Row{.thing = std::move(thing)});
}

template <class T>
void OrgIndex<T>::erase(std::string const& id) {
    auto const place = places_.find(id);
    if (place == places_.end()) return;
    rows_.erase(Key{place->second, id});
    places_.erase(place);
}

template class OrgIndex<Machine>;
template class OrgIndex<Volume>;

namespace {

template <class T>
void put(std::unordered_map<std::string, Replicas::ById<T>>& per_app, std::map<std::string, OrgIndex<T>>& per_org,
         std::shared_ptr<T const> const& thing) {
    auto& known = per_app[thing->app_id][thing->id];
    // With jitter a younger copy can arrive first; the older one then changes nothing.
    if (known && known->revision > thing->revision) return;
    known = thing;
    per_org[thing->organisation].put(thing->updated, thing->id, thing);
}

template <class T>
void forget(std::unordered_map<std::string, Replicas::ById<T>>& per_app, std::map<std::string, OrgIndex<T>>& per_org,
            std::string const& app_id, std::string const& id) {
    for (auto& [organisation, index] : per_org) index.erase(id);
    auto const things = per_app.find(app_id);
    if (things == per_app.end()) return;
    things->second.erase(id);
    if (things->second.empty()) per_app.erase(things);
}

}  // namespace

void Replicas::apply(Due const& due) {
    // With jitter the end can arrive before a copy that was sent earlier, which must not bring the thing back.
    switch (due.step) {
        case Step::ForgetMachine:
        case Step::ForgetVolume:
        case Step::ForgetApp: forgotten.insert(due.id); break;
        default:
            if (forgotten.contains(due.id)) return;
    }
    switch (due.step) {
        case Step::ReplicateMachine: put(machines, org_machines, due.machine); break;
        case Step::ReplicateVolume: put(volumes, org_volumes, due.volume); break;
        case Step::ReplicateApp: apps[due.app] = *due.row; break;
        // For machines and volumes `app` is the app's id here: its name may have been given to another app since.
        case Step::ForgetMachine: forget(machines, org_machines, due.app, due.id); break;
        case Step::ForgetVolume: forget(volumes, org_volumes, due.app, due.id); break;
        case Step::ForgetApp:
            if (auto const row = apps.find(due.app); row != apps.end() && row->second.id == due.id) apps.erase(row);
            break;
        default: break;
    }
}

}  // namespace dayfly::fly_sim
