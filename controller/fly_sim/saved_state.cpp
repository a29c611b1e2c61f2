// The whole state as JSON for a file, and back: time goes on while the simulator is off, as it would at Fly.
#include <fmt/format.h>

#include <utility>

#include "controller/fly_sim/cloud.h"

// How the field types that the JSON library does not know become JSON: moments as counts of nanoseconds.
template <class Clock>
struct nlohmann::adl_serializer<std::chrono::time_point<Clock>> {
    using Time = std::chrono::time_point<Clock>;
    static void to_json(json& to, Time const& time) { to = time.time_since_epoch().count(); }
    static void from_json(json const& from, Time& time) { time = Time(typename Time::duration(from.get<std::int64_t>())); }
};
template <class T>
struct nlohmann::adl_serializer<std::optional<T>> {
    static void to_json(json& to, std::optional<T> const& value) { to = value ? json(*value) : json(); }
    static void from_json(json const& from, std::optional<T>& value) {
        value = from.is_null() ? std::nullopt : std::optional(from.get<T>());
    }
};
template <>
struct nlohmann::adl_serializer<std::shared_ptr<nlohmann::json const>> {
    using Shared = std::shared_ptr<json const>;
    static void to_json(json& to, Shared const& value) { to = value ? *value : json(); }
    static void from_json(json const& from, Shared& value) { value = std::make_shared<json const>(from); }
};

namespace dayfly::fly_sim {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Lease, nonce, owner, description, expires)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Machine, id, app, app_id, organisation, name, region, host, private_ip, state, instance_id,
                                   host_status, volume, config, created, updated, born, startable, cordoned, checks_passing,
                                   launch_after_replace, ticket, due, secrets_version, lease, events, versions)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Snapshot, id, status, created, size_gb)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Volume, id, app, app_id, organisation, name, region, host, state, filesystem, size_gb,
                                   snapshot_retention, encrypted, backups, cramped, holder, holder_gone, snapshot_queued_until,
                                   snapshot_scheduled, created, updated, snapshots)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StoredSecret, value, digest, created, updated)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AssignedIp, address, type, region, network, service, created)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StoredCertificate, hostname, status, created)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(App, id, numeric_id, name, organisation, network, idempotency_key, affinity, created,
                                   visible, deleting, machines, machine_names, volumes, secrets, secrets_version, secrets_seen,
                                   ips, certificates)
// A copy on its way to the lists is left out: what is saved has arrived.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Due, step, app, id, ticket)

namespace {

constexpr int format_version = 2;

/// The lists have caught up in what is saved, and the proxy looks anew.
bool is_left_out(Step step) {
    return step == Step::ProxyLook || step == Step::ReplicateMachine || step == Step::ForgetMachine ||
           step == Step::ReplicateVolume || step == Step::ForgetVolume || step == Step::ReplicateApp || step == Step::ForgetApp;
}

/// Moments of another process's monotonic clock, moved to where they are on this one's.
void shift(State& state, Instant::duration by) {
    for (auto& [id, machine] : state.machines) {
        machine.born += by;
        machine.startable += by;
        if (machine.due) *machine.due += by;
    }
    for (auto& [id, volume] : state.volumes) volume.snapshot_queued_until += by;
    for (auto& [name, when] : state.held_names) when += by;
    for (auto& [name, app] : state.apps) {
        app.visible += by;
        for (auto& [when, version] : app.secrets_seen) when += by;
    }
}

/// The lists and the witness see what was read.
void show_everything(State& state) {
    auto const lag = std::exchange(state.options.timings.list_lag, milliseconds(0));
    for (auto const& [name, app] : state.apps) state.replicate(app);
    for (auto& [id, machine] : state.machines) {
        state.replicate(machine);
        if (!machine.gone()) state.witness.machine_born(machine.app, id, machine.name);
    }
    for (auto& [id, volume] : state.volumes) {
        state.replicate(volume);
        if (!volume.going()) state.witness.volume_born(volume.app, id, volume.name);
    }
    state.options.timings.list_lag = lag;
}

}  // namespace

Json Cloud::save_state() const {
    auto schedule = Json::array();
    for (auto const& [when, due] : state_.schedule.all()) {
        if (!is_left_out(due.step)) schedule.push_back({when.first, due});
    }
    return {{"version", format_version}, {"now", state_.now},
            {"wall", state_.wall},       {"numbers", state_.numbers},
            {"apps", state_.apps},       {"machines", state_.machines},
            {"volumes", state_.volumes}, {"held_names", state_.held_names},
            {"hosts", state_.hosts},     {"schedule", std::move(schedule)}};
}

std::expected<void, std::string> Cloud::load_state(Json const& saved, Instant now, WallTime wall) {
    State fresh(state_.options);
    // The library reports a missing or wrong member by throwing; this is the edge where that ends.
    try {
        if (saved.at("version") != format_version) return std::unexpected("written by another version");
        saved.at("numbers").get_to(fresh.numbers);
        saved.at("apps").get_to(fresh.apps);
        saved.at("machines").get_to(fresh.machines);
        saved.at("volumes").get_to(fresh.volumes);
        saved.at("held_names").get_to(fresh.held_names);
        saved.at("hosts").get_to(fresh.hosts);
        auto const then = saved.at("now").get<Instant>();
        auto const by = (now - then) - std::chrono::duration_cast<Instant::duration>(wall - saved.at("wall").get<WallTime>());
        shift(fresh, by);
        for (auto const& entry : saved.at("schedule"))
            fresh.schedule.add(entry.at(0).get<Instant>() + by, entry.at(1).get<Due>());
        fresh.set_time(then + by, saved.at("wall").get<WallTime>());
    } catch (Json::exception const& error) {
        return std::unexpected(fmt::format("not a saved simulator: {}", error.what()));
    }
    // Another seed than before, or the ids of the last run would be given out again.
    fresh.runtime = state_.runtime;
    fresh.ids = Ids(fresh.options.seed ^ static_cast<std::uint64_t>(wall.time_since_epoch().count()));
    show_everything(fresh);
    state_ = std::move(fresh);
    advance(now);
    return {};
}

}  // namespace dayfly::fly_sim
