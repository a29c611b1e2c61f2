// See planner.h. This half plans one machine together with its volume: create, replace, update, start, or leave in peace.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "controller/plan/marks.h"
#include "controller/plan/planner.h"

namespace dayfly::plan {
namespace {

/// All stages went well, and what they made does not work.
bool is_of_app(std::string_view word) { return word == "StartFailed" || word == "HealthFailed"; }

}  // namespace

fly::Volume const* Planner::volume_for(DesiredMachine const& machine, fly::ObservedMachine const* existing) const {
    fly::Volume const* free = nullptr;
    for (auto const& volume : observed_.volumes) {
        if (existing != nullptr && holds(*existing, volume)) return &volume;
        if (volume.name != machine.volume->name) continue;
        // Fly shows a destroyed machine as the holder for up to minutes: mounting is refused until then, and that is waited
        // for.
        bool const held = std::ranges::find(observed_.machines, volume.attached_machine_id, &fly::ObservedMachine::id) !=
                          observed_.machines.end();
        if (!held && (free == nullptr || volume.created_at < free->created_at)) free = &volume;
    }
    return free;
}

bool Planner::holds(fly::ObservedMachine const& machine, fly::Volume const& volume) {
    if (machine.config) return !machine.config->mounts.empty() && machine.config->mounts.front().volume == volume.id;
    return volume.attached_machine_id == machine.id;
}

void Planner::plan_machine(DesiredMachine const& machine) {
    auto const found = ours_.find(machine.name);
    if (found != ours_.end()) {
        plan_existing(machine, *found->second);
        return;
    }
    if (foreign_names_.contains(machine.name)) {
        block("NotOurs", fmt::format("machine {} in app {} has no mark of this environment; it is left alone", machine.name,
                                     desired_.app));
        return;
    }
    if (app_exists() && !truth() && !(observed_.absence_proven && !observed_.created_for.empty())) {
        look(fmt::format("machine {} is not listed", machine.name));
        return;
    }
    std::string volume_id;
    if (machine.volume) {
        auto const* volume = volume_for(machine, nullptr);
        if (volume != nullptr && !prepare_volume(machine, *volume)) return;
        if (volume == nullptr || lost_volumes_.contains(volume->id)) {
            if (!create_volume(machine)) return;
        } else {
            volume_id = volume->id;
        }
    }
    create_machine(machine, volume_id, Effect::Create, "not there");
}

bool Planner::prepare_volume(DesiredMachine const& machine, fly::Volume const& volume) {
    used_volumes_.insert(volume.id);
    if (volume.region != region_) {
        if (policy_.empty_volumes.contains(volume.id)) {
            lose_volume(volume, fmt::format("{} has no room, {} is tried instead", volume.region, region_));
            return true;
        }
        auto const why = fmt::format("it is in {}, wanted is {}", volume.region, region_);
        if (!may_lose_volume(volume, why)) return false;
        lose_volume(volume, why);
        return true;
    }
    if (volume.size_gb < machine.volume->size_gb) {
        prepare_.push_back(
            {.operation = ExtendVolume{volume.id, volume.name, machine.volume->size_gb},
             .effect = Effect::Update,
             .reason = "too small",
             .fields = {
                 {.path = "size_gb", .from = std::to_string(volume.size_gb), .to = std::to_string(machine.volume->size_gb)}}});
    }
    return true;
}

bool Planner::may_lose_volume(fly::Volume const& volume, std::string const& why) {
    if (desired_.allow_replace) return true;
    block("ReplaceNotAllowed", fmt::format("volume {} ({}) would be lost: {}; annotate the object with {} to let it happen",
                                           volume.name, volume.id, why, specs::allow_replace_yaml));
    return false;
}

void Planner::lose_volume(fly::Volume const& volume, std::string const& why) {
    lost_volumes_.insert(volume.id);
    used_volumes_.insert(volume.id);
    delete_volumes_.push_back({.operation = DeleteVolume{volume.id, volume.name}, .effect = Effect::Replace, .reason = why});
}

bool Planner::create_volume(DesiredMachine const& machine) {
    if (app_exists() && !observed_.absence_proven) {
        if (!truth()) {
            look(fmt::format("volume {} is not listed", machine.volume->name));
        } else {
            wait(fmt::format("a second look that agrees that volume {} is not there", machine.volume->name));
        }
        return false;
    }
    make_volumes_.push_back({.operation = CreateVolume{*machine.volume, region_}, .reason = "not there"});
    return true;
}

void Planner::create_machine(DesiredMachine const& machine, std::string const& volume_id, Effect effect, std::string reason) {
    make_machines_.push_back(
        {.operation = CreateMachine{machine, region_, volume_id}, .effect = effect, .reason = std::move(reason)});
    await_.push_back({.operation = AwaitStarted{.name = machine.name, .id = {}, .version = {}}, .effect = Effect::Wait});
}

void Planner::plan_existing(DesiredMachine const& machine, fly::ObservedMachine const& existing) {
    if (existing.state == "destroying") {
        wait(fmt::format("machine {} to be gone", machine.name));
        return;
    }
    if (!existing.host_ok) {
        block("HostUnreachable", fmt::format("the host of machine {} ({}) does not answer; it is not touched meanwhile",
                                             machine.name, existing.id));
        return;
    }
    if (existing.changed_behind_us && !truth()) {
        look(fmt::format("machine {} has a version that is not ours", machine.name));
        return;
    }
    fly::Volume const* volume = nullptr;
    if (machine.volume) {
        volume = volume_for(machine, &existing);
        if ((volume == nullptr || !holds(existing, *volume)) && !truth()) {
            look(fmt::format("volume {} of machine {} is not listed as its own", machine.volume->name, machine.name));
            return;
        }
    }
    if (auto const why = must_replace(machine, existing, volume); !why.empty()) {
        replace_machine(machine, existing, volume, why);
        return;
    }
    if (volume != nullptr && !prepare_volume(machine, *volume)) return;
    update_or_rest(machine, existing, volume);
}

std::string Planner::must_replace(DesiredMachine const& machine, fly::ObservedMachine const& existing,
                                  fly::Volume const* volume) const {
    if (existing.region != region_) return fmt::format("region {} -> {}", existing.region, region_);
    auto const mounted = existing.config
                             ? (existing.config->mounts.empty() ? std::string{} : existing.config->mounts.front().path)
                             : mark_of(existing.metadata, mount_key);
    auto const wanted = machine.config.mounts.empty() ? std::string{} : machine.config.mounts.front().path;
    if (mounted != wanted) {
        return fmt::format("mount path {} -> {}", mounted.empty() ? "none" : mounted, wanted.empty() ? "none" : wanted);
    }
    if (machine.volume && volume == nullptr) return "its volume is gone";
    if (volume != nullptr && !holds(existing, *volume)) return "its volume is gone";
    if (volume != nullptr && shrinks(machine, existing)) {
        return fmt::format("volume {} GB -> {} GB", volume->size_gb, machine.volume->size_gb);
    }
    return {};
}

bool Planner::shrinks(DesiredMachine const& machine, fly::ObservedMachine const& existing) {
    if (!machine.volume) return false;
    // Anybody can write metadata: a mark that is not a number says nothing.
    auto const& recorded = mark_of(existing.metadata, volume_size_key);
    int gigabytes = 0;
    auto const [end, problem] = std::from_chars(recorded.data(), recorded.data() + recorded.size(), gigabytes);
    bool const sound = problem == std::errc{} && end == recorded.data() + recorded.size();
    return sound && gigabytes > machine.volume->size_gb;
}

void Planner::replace_machine(DesiredMachine const& machine, fly::ObservedMachine const& existing, fly::Volume const* volume,
                              std::string const& why) {
    bool const drift = mark_of(existing.metadata, spec_key) == mark_of(machine.config.metadata, spec_key);
    if (drift && detect_only(fmt::format("machine {}: {}", machine.name, why))) return;
    bool const keeps = volume != nullptr && volume->region == region_ && !shrinks(machine, existing);
    bool const loses = volume != nullptr && !keeps;
    if (volume != nullptr) used_volumes_.insert(volume->id);
    if (loses && !may_lose_volume(*volume, why)) return;
    // The old volume and its machine stay until the new volume can be made: not half of a replacement.
    if (machine.volume && !keeps && !create_volume(machine)) return;
    if (loses) lose_volume(*volume, why);
    auto const volume_id = keeps ? volume->id : std::string{};
    destroy_.push_back({.operation = DestroyMachine{existing.id, existing.name}, .effect = Effect::Replace, .reason = why});
    create_machine(machine, volume_id, Effect::Replace, why);
}

bool Planner::leaves_full_host(DesiredMachine const& machine, fly::ObservedMachine const& existing) {
    // A volume stays on its host, and a machine with the volume.
    if (machine.volume || !policy_.full_hosts.contains(existing.id)) return false;
    replace_machine(machine, existing, nullptr, "its host has no room for it");
    return true;
}

void Planner::update_or_rest(DesiredMachine const& machine, fly::ObservedMachine const& existing, fly::Volume const* volume) {
    auto const& marks = machine.config.metadata;
    bool const spec_changed = mark_of(existing.metadata, spec_key) != mark_of(marks, spec_key);
    bool const secrets_changed = mark_of(existing.metadata, secrets_key) != mark_of(marks, secrets_key) || secrets_stale_;
    std::vector<FieldChange> fields;
    if (existing.config) {
        fields = config_changes(*existing.config, machine.config);
    } else {
        fly::MachineConfig known = machine.config;
        known.image = existing.image;
        known.guest = existing.guest;
        fields = config_changes(known, machine.config);
    }
    if (spec_changed || secrets_changed || !fields.empty()) {
        auto reason = spec_changed      ? std::string("the spec changed")
                      : !fields.empty() ? std::string("drift: ") + fields.front().path + " differs"
                                        : std::string("the secrets changed");
        if (!spec_changed && !secrets_changed && detect_only(fmt::format("machine {}: {}", machine.name, reason))) return;
        bool const leave = leaves_asleep(machine, existing);
        auto updated = machine;
        if (auto const& mark = mark_of(existing.metadata, asleep_key); leave && !mark.empty())
            updated.config.metadata[asleep_key] = mark;
        update_machine(existing, std::move(updated), volume, leave, std::move(reason), std::move(fields));
        return;
    }
    restore_marks(machine, existing);
    if (auto const word = boot_word(existing); !word.empty() && word != booted && boots_program(machine)) {
        after_failed_boot(machine, existing, volume, word);
        return;
    }
    if (existing.state == "replacing") {
        // Whether its new version starts depends on whether the old one was up; afterwards it shows.
        wait(fmt::format("machine {} to be replaced", machine.name));
        return;
    }
    if (rest_ == Rest::Asleep) {
        put_to_sleep(machine, existing);
        return;
    }
    if (rest_ == Rest::Awake && wake(machine, existing)) return;
    if (is_settled(existing.state, machine.may_rest)) return;
    if (existing.state == "stopping" || existing.state == "suspending") {
        wait(fmt::format("machine {} to come to rest", machine.name));
        return;
    }
    if (is_resting(existing.state) || existing.state == "failed") {
        if (detect_only(fmt::format("machine {} is {}", machine.name, existing.state), "DriftMissing")) return;
        if (leaves_full_host(machine, existing)) return;
        update_.push_back({.operation = StartMachine{existing.id, existing.name},
                           .effect = Effect::Update,
                           .reason = fmt::format("it is {}", existing.state)});
    }
    await_.push_back({.operation = AwaitStarted{.name = machine.name, .id = existing.id, .version = existing.version},
                      .effect = Effect::Wait});
}

void Planner::update_machine(fly::ObservedMachine const& existing, DesiredMachine updated, fly::Volume const* volume,
                             bool leave, std::string reason, std::vector<FieldChange> fields) {
    if (!leave && leaves_full_host(updated, existing)) return;
    bool const is_up = existing.state != "failed" && !is_resting(existing.state);
    update_.push_back({.operation = UpdateMachine{.id = existing.id,
                                                  .current_version = existing.version,
                                                  .machine = std::move(updated),
                                                  .volume_id = volume == nullptr ? "" : volume->id,
                                                  .leave_stopped = leave,
                                                  .start_after = !leave && !is_up},
                       .effect = Effect::Update,
                       .reason = std::move(reason),
                       .fields = std::move(fields)});
    // Fly starts the new version of a machine that was up, and leaves that of any other one stopped: a later pass starts it.
    if (leave || !is_up) return;
    await_.push_back(
        {.operation = AwaitStarted{.name = existing.name, .id = existing.id, .version = {}}, .effect = Effect::Wait});
}

void Planner::after_failed_boot(DesiredMachine const& machine, fly::ObservedMachine const& existing, fly::Volume const* volume,
                                std::string const& word) {
    // Starting it again would only repeat the failure: the next version, of another commit or spec, is tried anew. A person's
    // word makes one of the same.
    if (policy_.retry) {
        update_machine(existing, machine, volume, false, "asked to try again", {});
        return;
    }
    block(word,
          fmt::format("machine {} did not come up; a new commit, a change of the spec or `dayfly reconcile {}` tries again",
                      machine.name, desired_.key.name));
    // An app may be looked at, and may come up yet; unused, it sleeps like any other. A stage that failed would be repeated by
    // every restart that Fly allows.
    if (is_of_app(word)) {
        if (rest_ == Rest::Asleep) put_to_sleep(machine, existing);
    } else if (existing.state == "started") {
        update_.push_back({.operation = StopMachine{existing.id, existing.name},
                           .effect = Effect::Update,
                           .reason = "what failed would only be repeated"});
    }
}

void Planner::restore_marks(DesiredMachine const& machine, fly::ObservedMachine const& existing) {
    for (auto const* key : {addresses_key, secret_names_key, revision_key, process_key, volume_size_key, deletion_key}) {
        auto const& wanted = mark_of(machine.config.metadata, key);
        if (mark_of(existing.metadata, key) == wanted) continue;
        marks_.push_back(
            {.operation = SetMetadata{existing.id, existing.name, key, wanted},
             .effect = Effect::Update,
             .reason = "mark differs",
             .fields = {{.path = std::string("metadata.") + key, .from = mark_of(existing.metadata, key), .to = wanted}}});
    }
}

}  // namespace dayfly::plan
