#include "controller/fly_sim/volumes.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/time_text.h"
#include "controller/fly_sim/apps.h"
#include "controller/fly_sim/guesses.h"
#include "controller/fly_sim/regions.h"

namespace dayfly::fly_sim {
namespace {

constexpr int default_size_gb = 3;
constexpr int largest_size_gb = 500;

std::expected<Volume*, Answer> find_volume(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return std::unexpected(app.error());
    auto* const volume = state.volume(**app, exchange.id);
    if (volume == nullptr) return std::unexpected(problem(404, "volume not found"));
    return volume;
}

std::optional<Answer> refuse_name(State const& state, std::string const& name) {
    auto const limit = state.options.quirks.volume_name_limit;
    auto const good = std::ranges::all_of(
        name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
    if (name.empty()) return problem(400, "invalid_argument: volume name is required");
    if (!good) return guessed(state.options, "volume_name");
    if (limit != 0 && name.size() > limit) {
        return guessed(state.options, "volume_name_limit", {std::to_string(limit)});
    }
    return std::nullopt;
}

/// What a fork or a restore takes from its source, or the refusal.
std::optional<Answer> take_after(State& state, App const& app, Exchange const& exchange, Volume& volume) {
    auto const source_id = exchange.text("source_volume_id");
    auto const snapshot_id = exchange.text("snapshot_id");
    if (!source_id.empty()) {
        auto const* const source = state.volume(app, source_id);
        bool const there = source != nullptr && !source->going();
        if (!there && !state.options.any_volume_source) return problem(404, "volume not found");
        volume.state = "hydrating";
        if (!there) return std::nullopt;
        volume.size_gb = std::max(volume.size_gb, source->size_gb);
        if (volume.name.empty()) volume.name = source->name;
        if (volume.region.empty()) volume.region = source->region;
    } else if (!snapshot_id.empty()) {
        Snapshot const* found = nullptr;
        for (auto const& [id, other] : state.volumes) {
            if (other.organisation != app.organisation) continue;
            auto const snapshot = std::ranges::find(other.snapshots, snapshot_id, &Snapshot::id);
            if (snapshot != other.snapshots.end() && snapshot->status == "created") found = &*snapshot;
        }
        if (found == nullptr && !state.options.any_volume_source) return problem(404, "snapshot not found");
        volume.state = "restoring";
        if (found == nullptr) return std::nullopt;
        volume.size_gb = std::max(volume.size_gb, found->size_gb);
    }
    return std::nullopt;
}

void plan_ready(State& state, Volume const& volume) {
    auto const& timings = state.options.timings;
    if (volume.state == "created") return;
    auto const lasts = volume.state == "creating" ? timings.volume_ready : timings.volume_hydration;
    state.schedule.add(state.now + state.lasting(lasts), {.step = Step::VolumeReady, .app = volume.app, .id = volume.id});
}

}  // namespace

Json volume_json(Volume const& volume) {
    constexpr std::int64_t block_size = 4096;
    auto const blocks = static_cast<std::int64_t>(volume.size_gb) * 1024 * 1024 * 1024 / block_size;
    return {{"id", volume.id},
            {"name", volume.name},
            {"state", volume.state},
            {"size_gb", volume.size_gb},
            {"region", volume.region},
            {"zone", volume.host.size() > 4 ? volume.host.substr(volume.host.size() - 4) : volume.host},
            {"encrypted", volume.encrypted},
            {"attached_machine_id", volume.holder.empty() ? Json() : Json(volume.holder)},
            {"attached_alloc_id", nullptr},
            {"created_at", rfc3339(volume.created)},
            {"blocks", blocks},
            {"block_size", block_size},
            {"blocks_free", blocks},
            {"blocks_avail", blocks},
            {"bytes_used", 0},
            {"bytes_total", blocks * block_size},
            {"fstype", volume.filesystem},
            {"snapshot_retention", volume.snapshot_retention},
            {"auto_backup_enabled", volume.backups},
            {"host_status", "ok"},
            {"host_dedication_key", ""}};
}

void release_volume_later(State& state, std::string const& volume, std::string const& machine) {
    // The holder's id travels in `app`: a volume that found a new holder meanwhile must keep it.
    Due due{.step = Step::VolumeReleased, .app = machine, .id = volume};
    auto const lasts = state.lasting(state.options.timings.volume_release);
    if (lasts <= Instant::duration::zero()) {
        apply_volume_step(state, due);
    } else {
        state.schedule.add(state.now + lasts, std::move(due));
    }
}

void drop_volume(State& state, App& app, std::string const& id) {
    state.witness.volume_gone(app.name, id);
    if (state.runtime != nullptr) state.runtime->remove_volume(id);
    state.forget(Step::ForgetVolume, app.id, id);
    app.volumes.erase(id);
    state.volumes.erase(id);
}

std::string shown_holder(State const& state, Volume const& volume) {
    return volume.holder_gone && state.options.quirks.nul_holder ? std::string(14, '\0') : volume.holder;
}

void apply_volume_step(State& state, Due const& due) {
    auto const found = state.volumes.find(due.id);
    if (found == state.volumes.end()) return;
    auto& volume = found->second;
    switch (due.step) {
        case Step::VolumeReady:
            if (volume.going()) return;
            volume.state = "created";
            state.touch(volume);
            break;
        case Step::VolumeReleased:
            if (volume.holder != due.app) return;
            volume.holder.clear();
            volume.holder_gone = false;
            state.touch(volume);
            break;
        case Step::VolumePendingDestroy:
            volume.state = "pending_destroy";
            state.touch(volume);
            break;
        case Step::VolumeGone:
            if (auto* const app = state.app(volume.app); app != nullptr && app->id == volume.app_id) {
                drop_volume(state, *app, due.id);
            }
            break;
        case Step::SnapshotTaken:
            for (auto& snapshot : volume.snapshots) {
                if (snapshot.status == "scheduled") snapshot.status = "created";
            }
            break;
        default: break;
    }
}

Outcome list_volumes(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    auto shown = Json::array();
    if (auto const rows = state.replicas.volumes.find((*app)->id); rows != state.replicas.volumes.end()) {
        for (auto const& [id, volume] : rows->second) shown.push_back(volume_json(*volume));
    }
    return reply(200, shown);
}

Outcome create_volume(State& state, Exchange const& exchange) {
    if (exchange.body_is_broken) return problem(400, "invalid request body");
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    Volume volume;
    volume.name = exchange.text("name");
    volume.region = exchange.text("region");
    volume.size_gb = static_cast<int>(exchange.number("size_gb").value_or(0));
    volume.state = state.options.timings.volume_ready.count() > 0 ? "creating" : "created";
    if (auto refusal = take_after(state, **app, exchange, volume)) return std::move(*refusal);
    if (auto refusal = refuse_name(state, volume.name)) return std::move(*refusal);
    if (volume.region.empty()) volume.region = state.options.nearest_region;
    if (volume.size_gb == 0) volume.size_gb = default_size_gb;
    if (!is_region(volume.region)) return guessed(state.options, "invalid_region", {volume.region});
    if (volume.size_gb < 1 || volume.size_gb > largest_size_gb) {
        return problem(400, fmt::format("invalid_argument: size_gb must be between 1 and {}", largest_size_gb));
    }
    auto const retention = exchange.number("snapshot_retention").value_or(volume.snapshot_retention);
    if (retention < 1 || retention > 60) return problem(400, "invalid_argument: snapshot_retention must be between 1 and 60");
    volume.snapshot_retention = static_cast<int>(retention);
    volume.encrypted = exchange.boolean("encrypted", true);
    volume.backups = exchange.boolean("auto_backup_enabled", true);
    if (auto const filesystem = exchange.text("fstype"); !filesystem.empty()) volume.filesystem = filesystem;
    volume.host = state.options.capacity.full_for_volumes.contains(volume.region) ? "" : pick_host(state, volume.region);
    // Without the guest it is for, the volume may land where that guest has no room (docs, "Volumes overview").
    volume.cramped = exchange.member("compute") == nullptr && state.options.capacity.cramped_volume_hosts > 0 &&
                     state.ids.random().uniform() < state.options.capacity.cramped_volume_hosts;
    if (volume.host.empty()) {
        return problem(412, fmt::format("insufficient resources to create new volume in region '{}'", volume.region),
                       "volume_placement_capacity");
    }
    volume.id = state.ids.volume();
    volume.app = (*app)->name;
    volume.app_id = (*app)->id;
    volume.organisation = (*app)->organisation;
    volume.created = state.wall;
    (*app)->volumes.insert(volume.id);
    auto& stored = state.volumes.insert_or_assign(volume.id, std::move(volume)).first->second;
    state.witness.volume_born(stored.app, stored.id, stored.name);
    if (auto const source = exchange.text("source_volume_id"); state.runtime != nullptr && !source.empty()) {
        state.runtime->copy_volume(source, stored.id);
    }
    state.touch(stored);
    plan_ready(state, stored);
    return reply(200, volume_json(stored));
}

Outcome get_volume(State& state, Exchange const& exchange) {
    auto const volume = find_volume(state, exchange);
    if (!volume) return volume.error();
    return reply(200, volume_json(**volume));
}

Outcome update_volume(State& state, Exchange const& exchange) {
    auto const volume = find_volume(state, exchange);
    if (!volume) return volume.error();
    if (exchange.body_is_broken) return problem(400, "invalid request body");
    if (auto const retention = exchange.number("snapshot_retention")) {
        if (*retention < 1 || *retention > 60) {
            return problem(400, "invalid_argument: snapshot_retention must be between 1 and 60");
        }
        (*volume)->snapshot_retention = static_cast<int>(*retention);
    }
    (*volume)->backups = exchange.boolean("auto_backup_enabled", (*volume)->backups);
    state.touch(**volume);
    return reply(200, volume_json(**volume));
}

Outcome extend_volume(State& state, Exchange const& exchange) {
    auto const volume = find_volume(state, exchange);
    if (!volume) return volume.error();
    auto const size = exchange.number("size_gb").value_or(0);
    if ((*volume)->going()) return problem(412, "failed_precondition: volume is being destroyed");
    if (size < (*volume)->size_gb || size > largest_size_gb) {
        return problem(400, "invalid_argument: volumes can only be extended, up to 500 GB");
    }
    (*volume)->size_gb = static_cast<int>(size);
    state.touch(**volume);
    return reply(200, {{"volume", volume_json(**volume)}, {"needs_restart", !(*volume)->holder.empty()}});
}

Outcome delete_volume(State& state, Exchange const& exchange) {
    auto const volume = find_volume(state, exchange);
    if (!volume) return volume.error();
    if (!(*volume)->holder.empty()) {
        return problem(412, "failed_precondition: volume is currently bound to machine: " + shown_holder(state, **volume));
    }
    if (!(*volume)->going()) {
        (*volume)->state = "scheduling_destroy";
        state.witness.volume_gone((*volume)->app, (*volume)->id);
        state.touch(**volume);
        state.schedule.add(state.now + state.lasting(seconds(1)),
                           {.step = Step::VolumePendingDestroy, .app = exchange.app, .id = exchange.id});
        state.schedule.add(state.now + state.options.timings.volume_pending_destroy,
                           {.step = Step::VolumeGone, .app = exchange.app, .id = exchange.id});
    }
    auto shown = volume_json(**volume);
    shown["state"] = "destroyed";
    return reply(200, shown);
}

Outcome list_snapshots(State& state, Exchange const& exchange) {
    auto const volume = find_volume(state, exchange);
    if (!volume) return volume.error();
    auto shown = Json::array();
    for (auto const& snapshot : (*volume)->snapshots) {
        shown.push_back({{"id", snapshot.id},
                         {"created_at", rfc3339(snapshot.created)},
                         {"digest", ""},
                         {"retention_days", (*volume)->snapshot_retention},
                         {"size", 0},
                         {"status", snapshot.status},
                         {"volume_size", static_cast<std::int64_t>(snapshot.size_gb) << 30}});
    }
    return reply(200, shown);
}

Outcome create_snapshot(State& state, Exchange const& exchange) {
    auto const volume = find_volume(state, exchange);
    if (!volume) return volume.error();
    if (state.now < (*volume)->snapshot_queued_until) {
        return problem(412, "failed_precondition: snapshot is already scheduled at " + rfc3339((*volume)->snapshot_scheduled));
    }
    auto const lasts = state.lasting(state.options.timings.snapshot_schedule);
    (*volume)->snapshot_queued_until = state.now + lasts;
    (*volume)->snapshot_scheduled = state.wall_at(state.now + lasts);
    (*volume)->snapshots.push_back(
        {.id = state.ids.snapshot(), .status = "scheduled", .created = state.wall, .size_gb = (*volume)->size_gb});
    state.schedule.add(state.now + lasts, {.step = Step::SnapshotTaken, .app = exchange.app, .id = exchange.id});
    return reply(200, {{"Msg", {{"backup", {{"id", (*volume)->snapshots.back().id}, {"status", "scheduled"}}}}}});
}

}  // namespace dayfly::fly_sim
