#include "controller/fly_sim/state.h"

#include <algorithm>

namespace dayfly::fly_sim {

void State::set_time(Instant at) {
    now = at;
    wall = wall_at(at);
}

void State::set_time(Instant at, WallTime at_wall) {
    now = at;
    wall = at_wall;
    wall_offset = std::chrono::duration_cast<Instant::duration>(at_wall.time_since_epoch()) - at.time_since_epoch();
}

WallTime State::wall_at(Instant at) const {
    return WallTime(std::chrono::duration_cast<WallTime::duration>(at.time_since_epoch() + wall_offset));
}

Instant::duration State::lasting(Instant::duration base) {
    if (options.timings.jitter <= 0 || base <= Instant::duration::zero()) return base;
    auto const factor = 1 + options.timings.jitter * (2 * ids.random().uniform() - 1);
    return Instant::duration(static_cast<Instant::duration::rep>(static_cast<double>(base.count()) * factor));
}

bool State::is_own(std::string_view organisation) const {
    return std::ranges::find(options.organisations, organisation) != options.organisations.end();
}

std::string State::organisation(std::string const& slug) const {
    return slug == "personal" && !is_own(slug) ? options.organisations.front() : slug;
}

App* State::app(std::string const& name) {
    auto const found = apps.find(name);
    return found == apps.end() ? nullptr : &found->second;
}

Machine* State::machine(App const& app, std::string const& id) {
    auto const found = machines.find(id);
    return found == machines.end() || found->second.app_id != app.id ? nullptr : &found->second;
}

Volume* State::volume(App const& app, std::string const& id) {
    auto const found = volumes.find(id);
    return found == volumes.end() || found->second.app_id != app.id ? nullptr : &found->second;
}

void State::pass_on(Due due) {
    auto const lag = lasting(options.timings.list_lag);
    if (lag <= Instant::duration::zero()) {
        replicas.apply(due);
    } else {
        schedule.add(now + lag, std::move(due));
    }
}

void State::touch(Machine& machine) {
    machine.updated = wall;
    replicate(machine);
}

void State::touch(Volume& volume) {
    volume.updated = wall;
    replicate(volume);
}

void State::replicate(Machine& machine) {
    machine.revision = ++revisions_;
    pass_on(
        {.step = Step::ReplicateMachine, .app = machine.app, .id = machine.id, .machine = std::make_shared<Machine>(machine)});
}

void State::replicate(Volume& volume) {
    volume.revision = ++revisions_;
    pass_on({.step = Step::ReplicateVolume, .app = volume.app, .id = volume.id, .volume = std::make_shared<Volume>(volume)});
}

void State::replicate(App const& app) {
    auto row = std::make_shared<AppRow>(AppRow{.id = app.id,
                                               .name = app.name,
                                               .organisation = app.organisation,
                                               .network = app.network,
                                               .numeric_id = app.numeric_id});
    pass_on({.step = Step::ReplicateApp, .app = app.name, .id = app.id, .row = std::move(row)});
}

void State::forget(Step step, std::string app, std::string id) {
    pass_on({.step = step, .app = std::move(app), .id = std::move(id)});
}

}  // namespace dayfly::fly_sim
