// See fleet.h: the cheap look at the whole organisation, and the memory of our own writes.
#include "controller/fleet/fleet.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace dayfly::fleet {
namespace {

constexpr int looks_of_an_absence = 2;

bool shows_any(std::vector<fly::OrgMachine const*> const& machines, std::vector<fly::Volume const*> const& volumes) {
    return std::ranges::any_of(machines, [](auto const* machine) { return !is_gone(machine->state); }) ||
           std::ranges::any_of(volumes, [](auto const* volume) { return !is_leaving(volume->state); });
}

}  // namespace

Fleet::Fleet(fly::Reader& reader, Clock& clock, FleetOptions options)
    : reader_(reader), clock_(clock), options_(std::move(options)) {}

Task<Result<std::vector<fly::OrgMachine>>> Fleet::all_machines(std::vector<std::string>& error_regions) {
    std::vector<fly::OrgMachine> all;
    fly::OrgListQuery query{.organization = options_.organization, .limit = options_.page_limit};
    std::set<std::string> cursors;
    for (int page_number = 0; page_number < options_.max_pages; ++page_number) {
        auto page = co_await reader_.list_org_machines(query);
        if (!page) co_return std::unexpected(std::move(page.error()));
        std::ranges::move(page->machines, std::back_inserter(all));
        std::ranges::move(page->error_regions, std::back_inserter(error_regions));
        if (page->next_cursor.empty()) co_return all;
        if (!cursors.insert(page->next_cursor).second) break;
        query.cursor = std::move(page->next_cursor);
    }
    co_return failure(ErrorKind::Unavailable,
                      "list machines of " + options_.organization + ": the cursor goes round in circles");
}

Task<Result<std::vector<fly::Volume>>> Fleet::all_volumes() {
    std::vector<fly::Volume> all;
    fly::OrgListQuery query{.organization = options_.organization, .limit = options_.page_limit};
    std::set<std::string> cursors;
    for (int page_number = 0; page_number < options_.max_pages; ++page_number) {
        auto page = co_await reader_.list_org_volumes(query);
        if (!page) co_return std::unexpected(std::move(page.error()));
        std::ranges::move(page->volumes, std::back_inserter(all));
        if (page->next_cursor.empty()) co_return all;
        if (!cursors.insert(page->next_cursor).second) break;
        query.cursor = std::move(page->next_cursor);
    }
    co_return failure(ErrorKind::Unavailable,
                      "list volumes of " + options_.organization + ": the cursor goes round in circles");
}

namespace {

std::unexpected<Error> cannot_look(Error error, std::string const& organization) {
    return failure(std::move(error), "look at organisation " + organization);
}

}  // namespace

Task<Result<Refresh>> Fleet::refresh() {
    using namespace boost::asio::experimental::awaitable_operators;
    auto const asked_at = clock_.now();
    Refresh result;
    auto [apps, machines, volumes] =
        co_await (reader_.list_apps(options_.organization) && all_machines(result.error_regions) && all_volumes());
    if (!apps) co_return cannot_look(std::move(apps.error()), options_.organization);
    if (!machines) co_return cannot_look(std::move(machines.error()), options_.organization);
    if (!volumes) co_return cannot_look(std::move(volumes.error()), options_.organization);

    std::erase_if(past_, [&](auto const& entry) { return asked_at - entry.second.gone_at >= options_.list_lag; });
    std::erase_if(*apps, [&](fly::App const& app) { return !app.name.empty() && is_past(app.name, app.id); });
    result.apps = apps->size();
    result.machines = machines->size();
    result.volumes = volumes->size();
    std::unordered_map<std::string_view, std::vector<fly::OrgMachine const*>> machines_by_app;
    std::unordered_map<std::string_view, std::vector<fly::Volume const*>> volumes_by_app;
    for (auto const& machine : *machines) machines_by_app[machine.app_name].push_back(&machine);
    for (auto const& volume : *volumes) volumes_by_app[volume.app_name].push_back(&volume);

    result.nameless = nameless_ = std::ranges::any_of(*apps, [](fly::App const& app) { return app.name.empty(); });
    std::unordered_set<std::string> listed;
    if (nameless_) {
        // What machines and volumes tell of is there; of everything else this list tells nothing, so it stays as it was known.
        for (auto const& [name, known] : apps_) {
            if (known.listed) listed.insert(name);
        }
        auto const note = [&](std::string const& name) {
            if (is_past(name, {})) return;
            auto& known = apps_[name];
            listed.insert(name);
            if (!std::exchange(known.listed, true)) result.changed_apps.insert(name);
            known.app.name = name;
        };
        for (auto const& [name, lines] : machines_by_app) note(std::string(name));
        for (auto const& [name, lines] : volumes_by_app) note(std::string(name));
        apps->clear();
    }
    for (auto& app : *apps) {
        listed.insert(app.name);
        auto [place, is_new] = apps_.try_emplace(app.name);
        auto& known = place->second;
        if (is_new || !known.listed || known.app.id != app.id || known.app.network != app.network) {
            if (!known.app.id.empty() && known.app.id != app.id) known = {};  // the name was given away and taken again
            result.changed_apps.insert(app.name);
        }
        known.app = std::move(app);
        known.listed = true;
        known.indexed = true;
    }
    std::set<std::string> const error_regions(result.error_regions.begin(), result.error_regions.end());
    for (auto& [name, known] : apps_) {
        if (!listed.contains(name) && known.listed && !(known.created_at && asked_at - *known.created_at < options_.list_lag)) {
            known.listed = false;
            known.growing = false;
            result.changed_apps.insert(name);
        }
        auto const& its_machines = machines_by_app[name];
        auto const& its_volumes = volumes_by_app[name];
        bool const machines_changed = known.fold_machines(its_machines, error_regions, asked_at, options_.list_lag);
        bool const volumes_changed = known.fold_volumes(its_volumes, asked_at, options_.list_lag);
        bool went = false;
        if (known.deleting_since && known.indexed && asked_at > *known.deleting_since) {
            // A list that shows nothing at all is what Fly answers in an outage: it tells of no absence.
            bool const tells = !nameless_ && !listed.empty();
            bool const shown = !tells || listed.contains(name) || shows_any(its_machines, its_volumes);
            known.looks_without = shown ? 0 : known.looks_without + 1;
            went = known.looks_without == looks_of_an_absence;
        }
        if (machines_changed || volumes_changed || went) result.changed_apps.insert(name);
    }
    refreshed_at_ = asked_at;
    co_return result;
}

fly::Observed Fleet::observe(std::string const& app) const {
    auto const found = apps_.find(app);
    if (found != apps_.end()) {
        auto picture = found->second.observed();
        auto const& asked_at = found->second.machines_asked_at;
        picture.machines_proven = asked_at && clock_.now() - *asked_at < options_.machines_fresh;
        return picture;
    }
    fly::Observed nothing;
    nothing.app.name = app;
    nothing.never_attempted = known() && !nameless_;
    return nothing;
}

Task<Result<std::set<std::string>>> Fleet::audit() {
    auto audits = co_await reader_.audit_apps(options_.organization);
    if (!audits) co_return std::unexpected(std::move(audits.error()));
    std::set<std::string> news;
    for (auto& audit : *audits) {
        auto const found = apps_.find(audit.app_name);
        if (found == apps_.end()) continue;
        auto& known = found->second;
        if (known.ips != audit.ips || known.secrets != audit.secrets) news.insert(audit.app_name);
        known.ips = std::move(audit.ips);
        known.secrets = std::move(audit.secrets);
    }
    co_return news;
}

std::optional<Instant> Fleet::deleting_since(std::string const& app) const {
    auto const found = apps_.find(app);
    return found == apps_.end() ? std::nullopt : found->second.deleting_since;
}

bool Fleet::is_seen_gone(std::string const& app) const {
    auto const found = apps_.find(app);
    return found != apps_.end() && found->second.looks_without >= looks_of_an_absence;
}

bool Fleet::is_young(std::string const& app) const {
    auto const found = apps_.find(app);
    return found != apps_.end() && found->second.created_at &&
           clock_.now() - *found->second.created_at < std::chrono::minutes(1);
}

void Fleet::app_created(fly::App const& app, std::string const& environment) {
    past_.erase(app.name);
    apps_[app.name] = AppRecord{.app = app,
                                .listed = true,
                                .created_for = environment,
                                .growing = true,
                                .created_at = clock_.now(),
                                .ips = std::vector<fly::Ip>{},
                                .secrets = std::vector<fly::AppSecret>{},
                                .certificates = std::vector<fly::Certificate>{}};
}

void Fleet::app_deleting(std::string const& app) {
    auto& known = record(app);
    known.deleting_since = clock_.now();
    known.looks_without = 0;
}

void Fleet::app_stayed(std::string const& app) { record(app).deleting_since.reset(); }

void Fleet::app_gone(std::string const& app) { forget(app); }

void Fleet::forget(std::string const& app) {
    auto const found = apps_.find(app);
    if (found == apps_.end()) return;
    if (found->second.deleting_since) past_[app] = {.id = found->second.app.id, .gone_at = clock_.now()};
    apps_.erase(found);
}

bool Fleet::is_past(std::string const& app, std::string const& id) const {
    auto const found = past_.find(app);
    return found != past_.end() && (id.empty() || found->second.id.empty() || found->second.id == id);
}

void Fleet::machine_written(std::string const& app, fly::Machine const& machine) {
    auto& known = record(app).machines[machine.id];
    known.seen = observed_machine(machine);
    known.written_at = clock_.now();
}

void Fleet::machine_reached(std::string const& app, std::string const& id, std::string const& version,
                            std::string const& state) {
    auto& machines = record(app).machines;
    auto const found = machines.find(id);
    if (found == machines.end()) return;
    found->second.seen.state = state;
    if (!version.empty() && version > found->second.seen.version) found->second.seen.version = version;
    found->second.written_at = clock_.now();
}

void Fleet::machine_removed(std::string const& app, std::string const& id) {
    auto& known = record(app);
    known.machines.erase(id);
    known.removed[id] = clock_.now();
    for (auto& [volume_id, volume] : known.volumes) {
        if (volume.seen.attached_machine_id == id) {
            volume.seen.attached_machine_id.clear();
            volume.written_at = clock_.now();
        }
    }
}

void Fleet::metadata_set(std::string const& app, std::string const& id, std::string const& key, std::string const& value) {
    auto& machines = record(app).machines;
    auto const found = machines.find(id);
    if (found == machines.end()) return;
    auto& seen = found->second.seen;
    for (auto* metadata : {&seen.metadata, seen.config ? &seen.config->metadata : nullptr}) {
        if (metadata == nullptr) continue;
        if (value.empty()) {
            metadata->erase(key);
        } else {
            (*metadata)[key] = value;
        }
    }
    found->second.written_at = clock_.now();
}

void Fleet::volume_made(std::string const& app, fly::Volume const& volume) {
    record(app).made_volumes.insert(volume.id);
    volume_written(app, volume);
}

std::set<std::string> Fleet::made_volumes(std::string const& app) const {
    auto const found = apps_.find(app);
    return found == apps_.end() ? std::set<std::string>{} : found->second.made_volumes;
}

void Fleet::volume_written(std::string const& app, fly::Volume const& volume) {
    record(app).volumes[volume.id] = {volume, clock_.now()};
}

void Fleet::volume_removed(std::string const& app, std::string const& id) {
    auto& known = record(app);
    known.volumes.erase(id);
    known.removed[id] = clock_.now();
}

void Fleet::ip_assigned(std::string const& app, fly::Ip const& ip) {
    if (auto& ips = record(app).ips) ips->push_back(ip);
}

void Fleet::ip_released(std::string const& app, std::string const& address) {
    if (auto& ips = record(app).ips) std::erase_if(*ips, [&](fly::Ip const& ip) { return ip.address == address; });
}

void Fleet::secrets_written(std::string const& app) { record(app).secrets.reset(); }

void Fleet::certificate_created(std::string const& app, fly::Certificate const& certificate) {
    auto& certificates = record(app).certificates;
    if (!certificates) return;
    std::erase_if(*certificates, [&](auto const& known) { return known.hostname == certificate.hostname; });
    certificates->push_back(certificate);
}

void Fleet::certificate_removed(std::string const& app, std::string const& hostname) {
    if (auto& certificates = record(app).certificates)
        std::erase_if(*certificates, [&](auto const& certificate) { return certificate.hostname == hostname; });
}

void Fleet::write_unanswered(std::string const& app) {
    // Only what is known to exist can be remembered; a lost create_app leaves no record, and the name decides.
    auto const found = apps_.find(app);
    if (found == apps_.end()) return;
    found->second.growing = false;
    found->second.absence_proven = false;
    found->second.last_look.reset();
    found->second.ips.reset();
    found->second.secrets.reset();
    found->second.certificates.reset();
}

void Fleet::settled(std::string const& app) {
    auto const found = apps_.find(app);
    if (found != apps_.end()) found->second.growing = false;
}

}  // namespace dayfly::fleet
