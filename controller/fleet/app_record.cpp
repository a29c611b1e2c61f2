// See app_record.h.
#include "controller/fleet/app_record.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace dayfly::fleet {
namespace {

bool recent(std::optional<Instant> const& at, Instant now, std::chrono::seconds lag) { return at && now - *at < lag; }

/// True when the index's line is news for us; versions are ULIDs, so the later one is the greater text.
bool fold_machine(MachineRecord& known, fly::OrgMachine const& line, bool written_recently) {
    auto& seen = known.seen;
    if (line.version < seen.version) return false;
    bool const same_version = line.version == seen.version;
    if (same_version && written_recently) return false;
    if (same_version && std::tie(seen.state, seen.region, seen.image, seen.guest, seen.metadata) ==
                            std::tie(line.state, line.region, line.image, line.guest, line.metadata)) {
        return false;
    }
    seen.state = line.state;
    seen.region = line.region;
    seen.version = line.version;
    seen.image = line.image;
    seen.guest = line.guest;
    seen.metadata = line.metadata;
    if (!same_version) {
        seen.changed_behind_us = true;
        seen.config.reset();
    }
    return true;
}

fly::ObservedMachine from_index(fly::OrgMachine const& line) {
    return {.id = line.id,
            .name = line.name,
            .state = line.state,
            .region = line.region,
            .version = line.version,
            .image = line.image,
            .guest = line.guest,
            .metadata = line.metadata};
}

}  // namespace

bool is_gone(std::string_view state) { return state == "destroyed" || state == "replaced" || state == "migrated"; }

bool is_leaving(std::string_view state) {
    static constexpr std::array leaving{"scheduling_destroy", "fork_cleanup", "waiting_for_detach",
                                        "pending_destroy",    "destroying",   "destroyed"};
    return std::ranges::find(leaving, state) != leaving.end();
}

fly::ObservedMachine observed_machine(fly::Machine const& machine) {
    fly::ObservedMachine seen{.id = machine.id,
                              .name = machine.name,
                              .state = machine.state,
                              .region = machine.region,
                              .version = machine.instance_id,
                              .image = {},
                              .guest = {},
                              .metadata = {},
                              .config = machine.config,
                              .host_ok = machine.host_status.empty() || machine.host_status == "ok",
                              .checks = machine.checks};
    if (machine.config) {
        seen.image = machine.config->image;
        seen.guest = machine.config->guest;
        seen.metadata = machine.config->metadata;
    } else {
        seen.host_ok = false;
    }
    return seen;
}

bool AppRecord::fold_machines(std::vector<fly::OrgMachine const*> const& listed_machines,
                              std::set<std::string> const& error_regions, Instant now, std::chrono::seconds lag) {
    bool changed = false;
    std::set<std::string> present;
    for (auto const* line : listed_machines) {
        if (removed.contains(line->id)) continue;
        if (is_gone(line->state)) continue;
        present.insert(line->id);
        missing_machines.erase(line->id);
        auto const [place, is_new] = machines.try_emplace(line->id);
        if (is_new) place->second.seen = from_index(*line);
        place->second.updated_at = line->updated_at;
        bool const news = is_new || fold_machine(place->second, *line, recent(place->second.written_at, now, lag));
        changed = changed || news;
    }
    for (auto it = machines.begin(); it != machines.end();) {
        bool const keep = present.contains(it->first) || recent(it->second.written_at, now, lag) ||
                          error_regions.contains(it->second.seen.region);
        if (keep) {
            ++it;
            continue;
        }
        missing_machines.insert(it->first);
        it = machines.erase(it);
        growing = false;
        absence_proven = false;
        changed = true;
    }
    std::erase_if(removed, [&](auto const& entry) { return now - entry.second >= lag; });
    return changed;
}

bool AppRecord::fold_volumes(std::vector<fly::Volume const*> const& listed_volumes, Instant now, std::chrono::seconds lag) {
    bool changed = false;
    std::set<std::string> present;
    for (auto const* line : listed_volumes) {
        if (removed.contains(line->id) || is_leaving(line->state)) continue;
        present.insert(line->id);
        missing_volumes.erase(line->id);
        auto const [place, is_new] = volumes.try_emplace(line->id);
        if (is_new || (!recent(place->second.written_at, now, lag) && place->second.seen != *line)) {
            place->second.seen = *line;
            changed = true;
        }
    }
    for (auto it = volumes.begin(); it != volumes.end();) {
        if (present.contains(it->first) || recent(it->second.written_at, now, lag)) {
            ++it;
            continue;
        }
        missing_volumes.insert(it->first);
        it = volumes.erase(it);
        growing = false;
        absence_proven = false;
        changed = true;
    }
    return changed;
}

fly::Observed AppRecord::observed() const {
    fly::Observed picture{.depth = fly::Depth::Index,
                          .presence = listed ? fly::Presence::Present : fly::Presence::Absent,
                          .app = app,
                          .ips = ips,
                          .secrets = secrets,
                          .certificates = certificates,
                          .created_for = created_for,
                          .absence_proven = growing};
    for (auto const& [id, machine] : machines) picture.machines.push_back(machine.seen);
    for (auto const& [id, volume] : volumes) picture.volumes.push_back(volume.seen);
    return picture;
}

}  // namespace dayfly::fleet
