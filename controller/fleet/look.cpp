// The truthful look at one app: its own lists, and a question for each thing that we know of and the lists lack.
#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "controller/fleet/fleet.h"

namespace dayfly::fleet {
namespace {

bool is_other(fly::App const& known, fly::App const& seen) {
    return !known.id.empty() && !seen.id.empty() && known.id != seen.id;
}

template <class T>
Task<Result<T>> nothing() {
    co_return T{};
}

}  // namespace

Task<Result<void>> Fleet::complete_machines(std::string app, std::vector<fly::Machine>& machines) {
    auto const found = apps_.find(app);
    if (found == apps_.end()) co_return Result<void>{};
    auto ids = found->second.missing_machines;
    for (auto const& [id, known] : found->second.machines) ids.insert(id);
    for (auto const& id : ids) {
        if (std::ranges::find(machines, id, &fly::Machine::id) != machines.end()) continue;
        auto machine = co_await reader_.get_machine({.app = app, .id = id});
        if (machine) {
            machines.push_back(std::move(*machine));
        } else if (machine.error().kind != ErrorKind::NotFound) {
            co_return std::unexpected(std::move(machine.error()));
        }
    }
    co_return Result<void>{};
}

Task<Result<void>> Fleet::complete_volumes(std::string app, std::vector<fly::Machine> const& machines,
                                           std::vector<fly::Volume>& volumes) {
    std::set<std::string> ids;
    if (auto const found = apps_.find(app); found != apps_.end()) {
        ids = found->second.missing_volumes;
        for (auto const& [id, known] : found->second.volumes) ids.insert(id);
    }
    for (auto const& machine : machines) {
        if (machine.config && !is_gone(machine.state)) {
            for (auto const& mount : machine.config->mounts) ids.insert(mount.volume);
        }
    }
    for (auto const& id : ids) {
        if (std::ranges::find(volumes, id, &fly::Volume::id) != volumes.end()) continue;
        auto volume = co_await reader_.get_volume(app, id);
        if (volume) {
            volumes.push_back(std::move(*volume));
        } else if (volume.error().kind != ErrorKind::NotFound) {
            co_return std::unexpected(std::move(volume.error()));
        }
    }
    co_return Result<void>{};
}

std::vector<fly::ObservedMachine> Fleet::believed(std::string const& app, std::vector<fly::Machine> const& machines) const {
    auto const found = apps_.find(app);
    std::vector<fly::ObservedMachine> all;
    for (auto const& machine : machines) {
        if (is_gone(machine.state)) continue;
        auto one = observed_machine(machine);
        if (found != apps_.end()) {
            if (found->second.removed.contains(machine.id)) continue;
            // Without its config the marks come from what we knew: they do not change by a host's failure.
            auto const before = found->second.machines.find(machine.id);
            if (!machine.config && before != found->second.machines.end()) {
                one.metadata = before->second.seen.metadata;
                one.image = before->second.seen.image;
                one.guest = before->second.seen.guest;
            }
        }
        all.push_back(std::move(one));
    }
    return all;
}

Task<Result<fly::Observed>> Fleet::look_at_machines(std::string app) {
    auto machines = co_await reader_.list_machines(app);
    if (!machines && machines.error().kind != ErrorKind::NotFound) co_return std::unexpected(std::move(machines.error()));
    if (machines) {
        if (auto completed = co_await complete_machines(app, *machines); !completed)
            co_return std::unexpected(completed.error());
        auto seen = believed(app, *machines);
        if (!seen.empty()) {
            auto& memory = record(app);
            auto const now = clock_.now();
            memory.machines.clear();
            memory.missing_machines.clear();
            for (auto const& machine : seen) memory.machines[machine.id] = {machine, now};
            memory.machines_asked_at = now;
            co_return observe(app);
        }
    }
    // An empty list is what Fly showed in an outage of its lists: the app's own count decides.
    co_return co_await look(app, false);
}

Task<Result<bool>> Fleet::confirm_gone(std::string app) {
    auto seen = co_await reader_.get_app(app);
    if (seen) co_return false;
    if (seen.error().kind != ErrorKind::NotFound) co_return std::unexpected(std::move(seen.error()));
    forget(app);
    co_return true;
}

Task<Result<fly::Observed>> Fleet::look(std::string app, bool with_certificates) {
    using namespace boost::asio::experimental::awaitable_operators;
    fly::Observed picture{.depth = fly::Depth::Truth};
    picture.app.name = app;

    auto seen = co_await reader_.get_app(app);
    if (!seen) {
        auto const kind = seen.error().kind;
        bool const maybe_young = kind == ErrorKind::NotFound || kind == ErrorKind::Unauthenticated;
        if (maybe_young && is_young(app) && !is_deleting(app)) {
            co_return failure(ErrorKind::NotReadyYet, "look at app " + app + ": Fly does not show it yet");
        }
        if (kind == ErrorKind::NotFound) {
            forget(app);
            picture.presence = fly::Presence::Absent;
            co_return picture;
        }
        if (kind == ErrorKind::Forbidden) {
            picture.presence = fly::Presence::Foreign;
            co_return picture;
        }
        co_return std::unexpected(std::move(seen.error()));
    }
    if (!seen->organization.empty() && seen->organization != options_.organization) {
        picture.presence = fly::Presence::Foreign;
        co_return picture;
    }
    picture.presence = fly::Presence::Present;
    picture.app = *seen;
    // The name was given up and taken again, by whomever: nothing that is known of the old one holds for this one.
    if (auto const known = apps_.find(app); known != apps_.end() && is_other(known->second.app, *seen)) known->second = {};

    auto [machines, volumes, ips, secrets, certificates] = co_await (
        reader_.list_machines(app) && reader_.list_volumes(app) && reader_.list_ips(app) && reader_.list_secrets(app) &&
        (with_certificates ? reader_.list_certificates(app) : nothing<std::vector<fly::Certificate>>()));
    if (!machines) co_return std::unexpected(std::move(machines.error()));
    if (!volumes) co_return std::unexpected(std::move(volumes.error()));
    if (!ips) co_return std::unexpected(std::move(ips.error()));
    if (!secrets) co_return std::unexpected(std::move(secrets.error()));
    if (!certificates) co_return std::unexpected(std::move(certificates.error()));
    if (auto completed = co_await complete_machines(app, *machines); !completed) co_return std::unexpected(completed.error());
    if (auto completed = co_await complete_volumes(app, *machines, *volumes); !completed)
        co_return std::unexpected(completed.error());

    // One that was asked for by its id and is gone does not make up for a list that shows none.
    bool const none_lives = std::ranges::all_of(*machines, [](auto const& machine) { return is_gone(machine.state); });
    if ((none_lives && seen->machine_count > 0) || (volumes->empty() && seen->volume_count > 0)) {
        // Fly, 2026-04-28: lists came back empty, and whoever believed them made everything twice.
        co_return failure(ErrorKind::NotReadyYet,
                          "look at app " + app + ": it counts machines or volumes that its lists do not show");
    }

    auto& memory = record(app);
    auto const now = clock_.now();
    std::set<std::string> ids;
    picture.machines = believed(app, *machines);
    for (auto const& machine : picture.machines) ids.insert(machine.id);
    for (auto const& volume : *volumes) {
        if (is_leaving(volume.state) || memory.removed.contains(volume.id)) continue;
        ids.insert(volume.id);
        picture.volumes.push_back(volume);
        picture.volumes.back().app_name = app;
    }
    picture.ips = *ips;
    picture.secrets = *secrets;
    if (with_certificates) picture.certificates = *certificates;

    bool const agrees = memory.last_look && memory.last_look->ids == ids && now - memory.last_look->at >= options_.proof_gap;
    if (!memory.last_look || memory.last_look->ids != ids) memory.last_look = LookMemory{now, ids};
    memory.absence_proven = agrees;
    memory.app = picture.app;
    memory.listed = true;
    memory.ips = picture.ips;
    memory.secrets = picture.secrets;
    if (with_certificates) memory.certificates = picture.certificates;
    memory.machines_asked_at = now;
    auto const before = std::exchange(memory.machines, {});
    memory.missing_machines.clear();
    memory.missing_volumes.clear();
    for (auto const& machine : picture.machines) {
        auto const known = before.find(machine.id);
        memory.machines[machine.id] = {machine, now, known == before.end() ? std::string{} : known->second.updated_at};
    }
    memory.volumes.clear();
    for (auto const& volume : picture.volumes) memory.volumes[volume.id] = {volume, now};

    picture.created_for = memory.created_for;
    picture.absence_proven = memory.growing || agrees;
    picture.machines_proven = true;
    co_return picture;
}

}  // namespace dayfly::fleet
