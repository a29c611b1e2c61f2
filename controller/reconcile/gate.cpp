// See gate.h.
#include "controller/reconcile/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/base/time_text.h"

namespace dayfly::reconcile {
namespace {

Result<void> as_void(auto&& result) {
    if (!result) return std::unexpected(std::forward<decltype(result)>(result).error());
    return {};
}

/// The machine that an operation writes to; empty for everything else.
std::string machine_of(plan::Operation const& operation) {
    if (auto const* step = std::get_if<plan::UpdateMachine>(&operation)) return step->id;
    if (auto const* step = std::get_if<plan::StartMachine>(&operation)) return step->id;
    if (auto const* step = std::get_if<plan::StopMachine>(&operation)) return step->id;
    if (auto const* step = std::get_if<plan::SuspendMachine>(&operation)) return step->id;
    if (auto const* step = std::get_if<plan::DestroyMachine>(&operation)) return step->id;
    if (auto const* step = std::get_if<plan::SetMetadata>(&operation)) return step->id;
    return {};
}

}  // namespace

fly::CreateVolume volume_request(std::string app, std::string region, plan::DesiredVolume const& wanted) {
    return {.app = std::move(app),
            .name = wanted.name,
            .region = std::move(region),
            .size_gb = wanted.size_gb,
            .compute = wanted.compute,
            .snapshots = wanted.snapshots,
            .source_volume_id = wanted.from_volume,
            .snapshot_id = wanted.from_snapshot};
}

Gate::Gate(fly::Api& api, fleet::Fleet& fleet, Clock& clock, GateOptions options)
    : api_(api), fleet_(fleet), clock_(clock), options_(std::move(options)) {}

Instant Gate::deletion_turn(std::string const& app) {
    return deletions_.turn(app, clock_.now(), [this](std::size_t ahead) {
        return options_.earliest ? options_.earliest(fly::Action::DeleteApp, ahead) : clock_.now();
    });
}

Result<void> Gate::check_ownership(plan::Operation const& operation, Warrant const& warrant) const {
    if (std::holds_alternative<plan::CreateApp>(operation)) return {};
    auto const seen = fleet_.observe(warrant.app);
    if (plan::prove_app(seen, warrant.ownership, warrant.key) != plan::Proof::Ours) {
        return failure(ErrorKind::Refused, fmt::format("app {} does not prove to be {}'s", warrant.app, warrant.key.text()));
    }
    auto const ours = [&](fly::ObservedMachine const& machine) {
        return plan::is_ours(machine.metadata, warrant.ownership.owner, warrant.key);
    };
    if (auto const id = machine_of(operation); !id.empty()) {
        auto const found = std::ranges::find(seen.machines, id, &fly::ObservedMachine::id);
        if (found == seen.machines.end() || !ours(*found)) {
            return failure(ErrorKind::Refused,
                           fmt::format("machine {} in app {} does not prove to be {}'s", id, warrant.app, warrant.key.text()));
        }
    }
    if (std::holds_alternative<plan::DeleteApp>(operation)) {
        if (!std::ranges::all_of(seen.machines, ours)) {
            return failure(ErrorKind::Refused,
                           fmt::format("app {} holds a machine that is not {}'s", warrant.app, warrant.key.text()));
        }
        // The organisation's list trails behind: what somebody put into the app a moment ago is not in it yet.
        if (!seen.machines_proven) {
            return failure(ErrorKind::Refused,
                           fmt::format("app {} was not asked for its machines just now; it is not deleted", warrant.app));
        }
    }
    return {};
}

Result<void> Gate::admit(plan::Step const& step, Warrant const& warrant) const {
    if (auto owned = check_ownership(step.operation, warrant); !owned) return owned;
    bool const ends =
        std::holds_alternative<plan::DeleteApp>(step.operation) || std::holds_alternative<plan::MarkExpired>(step.operation);
    if (ends && !warrant.removal_released) {
        return failure(ErrorKind::Refused, fmt::format("the delete guard has not released app {}", warrant.app));
    }
    // Counting is for those who are near the limit: among thousands of apps it costs more than all the rest of a create.
    if (std::holds_alternative<plan::CreateApp>(step.operation) && fleet_.apps().size() >= options_.max_environments) {
        auto const ours = std::ranges::count_if(fleet_.apps(), [&](auto const& entry) {
            return !plan::hash_in_network(warrant.ownership.owner, entry.second.app.network).empty();
        });
        if (static_cast<std::size_t>(ours) >= options_.max_environments) {
            return failure(ErrorKind::QuotaExceeded,
                           fmt::format("{} environments exist, policy allows {}", ours, options_.max_environments),
                           "Remove environments or raise the policy's limit; this one waits.");
        }
    }
    if (options_.dry_run) return failure(ErrorKind::Refused, "dry run: nothing is written");
    return {};
}

Task<Result<void>> Gate::perform(plan::Step step, Warrant warrant) {
    if (auto admitted = admit(step, warrant); !admitted) co_return admitted;
    auto const app = warrant.app;
    auto what = fmt::format("{} {}", plan::name_of(step.operation), plan::subject_of(step.operation));
    while (what.ends_with(' ')) what.pop_back();
    auto const* const secrets = warrant.secrets;
    auto result = co_await send(std::move(step), std::move(warrant));
    if (result) co_return result;
    if (secrets != nullptr) result.error().message = scrubbed(std::move(result.error().message), *secrets);
    auto const kind = result.error().kind;
    auto const& text = result.error().message;
    bool const app_unseen = kind == ErrorKind::NotFound && (text.find("app not found") != std::string::npos ||
                                                            text.find("Could not find App") != std::string::npos);
    if ((app_unseen || kind == ErrorKind::Unauthenticated) && fleet_.is_young(app)) {
        // Fly: an app that was just created can answer 404 or 401 for up to a minute.
        result.error().kind = ErrorKind::NotReadyYet;
    }
    if (result.error().kind == ErrorKind::Ambiguous || result.error().kind == ErrorKind::TimedOut) fleet_.write_unanswered(app);
    co_return failure(std::move(result.error()), what);
}

Task<Result<boot::Progress>> Gate::ask_progress(fly::MachineRef machine, std::vector<std::string> report, Warrant warrant) {
    if (auto owned = check_ownership(plan::StartMachine{.id = machine.id, .name = {}}, warrant); !owned) {
        co_return std::unexpected(std::move(owned.error()));
    }
    auto answer = co_await api_.exec(std::move(machine), std::move(report), seconds(5));
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    co_return boot::read_report(answer->out);
}

Task<Result<void>> Gate::create_machine(plan::CreateMachine step, Warrant warrant) {
    auto config = step.machine.config;
    if (step.machine.volume) {
        auto id = step.volume_id;
        if (id.empty()) {
            for (auto const& volume : fleet_.observe(warrant.app).volumes) {
                if (volume.name == step.machine.volume->name && volume.attached_machine_id.empty()) id = volume.id;
            }
        }
        if (id.empty())
            co_return failure(ErrorKind::NotReadyYet, fmt::format("volume {} is not known yet", step.machine.volume->name));
        config.mounts.front().volume = id;
    }
    auto const version = secrets_version_.find(warrant.app);
    auto machine = co_await api_.create_machine(
        {.app = warrant.app,
         .name = step.machine.name,
         .region = step.region,
         .config = config,
         .min_secrets_version = version == secrets_version_.end() ? std::nullopt : std::optional(version->second)});
    if (!machine) co_return std::unexpected(std::move(machine.error()));
    // A create's answer may leave out what an echo would hold; what we sent is what was accepted.
    if (!machine->config) machine->config = config;
    if (machine->config->metadata.empty()) machine->config->metadata = config.metadata;
    fleet_.machine_written(warrant.app, *machine);
    if (!config.mounts.empty()) {
        for (auto volume : fleet_.observe(warrant.app).volumes) {
            if (volume.id != config.mounts.front().volume) continue;
            volume.attached_machine_id = machine->id;
            fleet_.volume_written(warrant.app, volume);
        }
    }
    co_return Result<void>{};
}

Task<Result<void>> Gate::update_machine(plan::UpdateMachine step, Warrant warrant) {
    auto config = step.machine.config;
    if (!config.mounts.empty()) config.mounts.front().volume = step.volume_id;
    // The whole metadata is replaced by an update: what others put there, Fly's own keys among it, must survive.
    for (auto const& machine : fleet_.observe(warrant.app).machines) {
        if (machine.id != step.id) continue;
        for (auto const& [key, value] : machine.metadata) {
            if (!key.starts_with("dayfly_")) config.metadata.emplace(key, value);
        }
    }
    auto const version = secrets_version_.find(warrant.app);
    auto machine = co_await api_.update_machine(
        {.app = warrant.app,
         .id = step.id,
         .current_version = step.current_version,
         .config = config,
         .skip_launch = step.leave_stopped,
         .min_secrets_version = version == secrets_version_.end() ? std::nullopt : std::optional(version->second)});
    if (!machine) co_return std::unexpected(std::move(machine.error()));
    if (!machine->config) machine->config = config;
    fleet_.machine_written(warrant.app, *machine);
    co_return Result<void>{};
}

Task<Result<void>> Gate::snapshot(plan::SnapshotVolume step, std::string app) {
    auto const before = co_await api_.list_snapshots(app, step.id);
    if (!before) co_return as_void(before);
    auto const is_recent = [&](fly::Snapshot const& one) {
        auto const made = parse_rfc3339(one.created_at);
        return one.status == "created" && made && clock_.wall() - *made < std::chrono::hours(1);
    };
    if (step.or_recent && std::ranges::any_of(*before, is_recent)) co_return Result<void>{};
    if (auto asked = co_await api_.create_snapshot(app, step.id); !asked) co_return asked;
    // Deleting the volume before its snapshot is there would lose both.
    for (int look = 0; look < 60; ++look) {
        co_await clock_.sleep_for(seconds(5));
        auto const now = co_await api_.list_snapshots(app, step.id);
        if (!now) co_return as_void(now);
        bool const made = std::ranges::any_of(*now, [&](fly::Snapshot const& one) {
            bool const known = std::ranges::find(*before, one.id, &fly::Snapshot::id) != before->end();
            return !known && one.status == "created";
        });
        if (made) co_return Result<void>{};
    }
    co_return failure(ErrorKind::NotReadyYet,
                      fmt::format("the snapshot of volume {} is not there after five minutes", step.id));
}

Task<Result<void>> Gate::send(plan::Step step, Warrant warrant) {
    auto const& app = warrant.app;
    auto& operation = step.operation;
    if (auto* create = std::get_if<plan::CreateApp>(&operation)) {
        auto id = co_await api_.create_app({.name = app, .organization = create->organization, .network = create->network});
        if (id) {
            secrets_version_.erase(app);  // one of this name that is gone counted its own
            fleet_.app_created({.id = *id, .name = app, .organization = create->organization, .network = create->network},
                               warrant.key.text());
        }
        co_return as_void(id);
    }
    if (auto* assign = std::get_if<plan::AssignIp>(&operation)) {
        auto ip = co_await api_.assign_ip(app, assign->type);
        if (ip) fleet_.ip_assigned(app, *ip);
        co_return as_void(ip);
    }
    if (auto* release = std::get_if<plan::ReleaseIp>(&operation)) {
        auto released = co_await api_.release_ip(app, release->ip.address);
        if (released) fleet_.ip_released(app, release->ip.address);
        co_return released;
    }
    if (auto* secrets = std::get_if<plan::SetSecrets>(&operation)) {
        std::map<std::string, std::optional<Secret>> values;
        for (auto const& name : secrets->names) {
            auto const found = warrant.secrets == nullptr ? SecretValues::const_iterator{} : warrant.secrets->find(name);
            if (warrant.secrets == nullptr || found == warrant.secrets->end()) {
                co_return failure(ErrorKind::InvalidInput, fmt::format("secret {} has no value", name));
            }
            values.emplace(name, found->second);
        }
        for (auto const& name : secrets->removed) values.emplace(name, std::nullopt);
        auto version = co_await api_.update_secrets(app, std::move(values));
        if (version) {
            secrets_version_[app] = *version;
            fleet_.secrets_written(app);
        }
        co_return as_void(version);
    }
    if (std::holds_alternative<plan::MarkRetained>(operation)) {
        std::map<std::string, std::optional<Secret>> values;
        values.emplace(plan::retained_secret, Secret("true"));
        co_return as_void(co_await api_.update_secrets(app, std::move(values)));
    }
    if (auto* mark = std::get_if<plan::MarkExpired>(&operation)) {
        std::map<std::string, std::optional<Secret>> values;
        for (auto const& name : mark->removed) values.emplace(name, std::nullopt);
        values.insert_or_assign(mark->tombstone, Secret("true"));
        auto version = co_await api_.update_secrets(app, std::move(values));
        if (version) fleet_.secrets_written(app);
        co_return as_void(version);
    }
    if (auto* create = std::get_if<plan::CreateCertificate>(&operation)) {
        auto certificate = co_await api_.create_certificate(app, create->hostname);
        if (certificate) fleet_.certificate_created(app, *certificate);
        co_return as_void(certificate);
    }
    if (auto* remove = std::get_if<plan::DeleteCertificate>(&operation)) {
        auto removed = co_await api_.delete_certificate(app, remove->hostname);
        if (removed) fleet_.certificate_removed(app, remove->hostname);
        co_return removed;
    }
    if (auto* create = std::get_if<plan::CreateVolume>(&operation)) {
        auto volume = co_await api_.create_volume(volume_request(app, create->region, create->volume));
        if (volume) fleet_.volume_made(app, *volume);
        co_return as_void(volume);
    }
    if (auto* extend = std::get_if<plan::ExtendVolume>(&operation)) {
        auto volume = co_await api_.extend_volume(app, extend->id, extend->size_gb);
        if (volume) fleet_.volume_written(app, *volume);
        co_return as_void(volume);
    }
    if (auto* take = std::get_if<plan::SnapshotVolume>(&operation)) co_return co_await snapshot(*take, app);
    if (auto* remove = std::get_if<plan::DeleteVolume>(&operation)) {
        auto removed = co_await api_.delete_volume(app, remove->id);
        if (removed) fleet_.volume_removed(app, remove->id);
        co_return removed;
    }
    if (auto* create = std::get_if<plan::CreateMachine>(&operation))
        co_return co_await create_machine(std::move(*create), warrant);
    if (auto* update = std::get_if<plan::UpdateMachine>(&operation))
        co_return co_await update_machine(std::move(*update), warrant);
    if (auto* start = std::get_if<plan::StartMachine>(&operation)) {
        auto started = co_await api_.start_machine({.app = app, .id = start->id});
        if (started) fleet_.machine_reached(app, start->id, {}, "starting");
        co_return started;
    }
    if (auto* stop = std::get_if<plan::StopMachine>(&operation)) {
        auto stopped = co_await api_.stop_machine({.app = app, .id = stop->id});
        // It is on its way there; nothing is to be done about it before it has arrived.
        if (stopped) fleet_.machine_reached(app, stop->id, {}, "stopped");
        co_return stopped;
    }
    if (auto* suspend = std::get_if<plan::SuspendMachine>(&operation)) {
        auto suspended = co_await api_.suspend_machine({.app = app, .id = suspend->id});
        if (suspended) fleet_.machine_reached(app, suspend->id, {}, "suspended");
        co_return suspended;
    }
    if (auto* destroy = std::get_if<plan::DestroyMachine>(&operation)) {
        auto destroyed = co_await api_.destroy_machine({.app = app, .id = destroy->id}, true);
        if (destroyed) fleet_.machine_removed(app, destroy->id);
        co_return destroyed;
    }
    if (auto* mark = std::get_if<plan::SetMetadata>(&operation)) {
        auto set = co_await api_.set_metadata({.app = app, .id = mark->id}, mark->key, mark->value);
        if (set) fleet_.metadata_set(app, mark->id, mark->key, mark->value);
        co_return set;
    }
    if (std::holds_alternative<plan::DeleteApp>(operation)) {
        deletions_.leave(app);  // from here on the rate limiter counts it
        secrets_version_.erase(app);
        auto deleted = co_await api_.delete_app(app);
        if (deleted) fleet_.app_deleting(app);
        co_return deleted;
    }
    co_return Result<void>{};
}

}  // namespace dayfly::reconcile
