// Reads machines and what belongs to them.
#include "controller/fly_rest/machine_json.h"

#include "controller/fly_rest/config_json.h"

namespace dayfly::fly_rest {
namespace {

/// Events are told to people and decide nothing alone: a strange one loses its details, never the machine it belongs to.
fly::MachineEvent event_from(Json value) {
    bool ignored = true;
    ObjectReader const json(value, ignored);
    fly::MachineEvent event{.id = json.text("id"),
                            .type = json.text("type"),
                            .status = json.text("status"),
                            .source = json.text("source"),
                            .timestamp_ms = json.integer("timestamp")};
    auto const request = json.object("request");
    // Older events carry it one level deeper.
    auto const holder = request.has("exit_event") ? request : request.object("MonitorEvent");
    if (!holder.has("exit_event")) return event;
    auto const exit = holder.object("exit_event");
    if (exit.has("exit_code")) event.exit_code = exit.number("exit_code");
    event.oom_killed = exit.flag("oom_killed");
    event.requested_stop = exit.flag("requested_stop");
    return event;
}

std::vector<fly::MachineEvent> all_events(simdjson::dom::array list) {
    std::vector<fly::MachineEvent> events;
    for (auto const value : list) {
        if (value.is_object()) events.push_back(event_from(value));
    }
    return events;
}

std::vector<fly::CheckStatus> checks_from(simdjson::dom::array list, bool& sound) {
    std::vector<fly::CheckStatus> checks;
    for (auto const value : list) {
        ObjectReader const check(value, sound);
        auto name = check.text("name");
        // Fly's own, for older deployments; nobody asked for them.
        if (name.starts_with("bg_deployments_compat")) continue;
        checks.push_back({.name = std::move(name), .status = check.text("status"), .output = check.text("output")});
    }
    return checks;
}

std::optional<fly::OrgMachine> org_machine_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    auto const config = json.object("config");
    fly::OrgMachine machine{.id = json.text("id"),
                            .name = json.text("name"),
                            .app_name = json.text("app_name"),
                            .state = json.text("state"),
                            .region = json.text("region"),
                            .version = json.text(json.either("version", "instance_id")),
                            .updated_at = json.text("updated_at"),
                            .image = config.text("image"),
                            .guest = guest_from(config.object("guest")),
                            .metadata = config.string_map("metadata")};
    if (!sound || machine.id.empty()) return std::nullopt;
    return machine;
}

}  // namespace

std::optional<fly::Machine> machine_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::Machine machine;
    machine.id = json.text("id");
    machine.name = json.text("name");
    machine.state = json.text("state");
    machine.region = json.text("region");
    machine.instance_id = json.text(json.either("instance_id", "version"));
    machine.private_ip = json.text("private_ip");
    machine.created_at = json.text("created_at");
    machine.updated_at = json.text("updated_at");
    if (json.has("config")) {
        machine.config = config_from(json.at("config"));
        sound = sound && machine.config.has_value();
    }
    machine.host_status = json.text("host_status");
    // Answers from before the field existed: the config tells, it is only there while the host can be reached.
    if (machine.host_status.empty()) machine.host_status = machine.config ? "ok" : "unknown";
    machine.image_digest = json.object("image_ref").text("digest");
    machine.checks = checks_from(json.list("checks"), sound);
    machine.events = all_events(json.list("events"));
    machine.nonce = json.text("nonce");
    machine.cordoned = json.flag("cordoned");
    if (!sound || machine.id.empty()) return std::nullopt;
    return machine;
}

std::optional<std::vector<fly::Machine>> machines_from(Json value) { return read_all(value, &machine_from); }

std::optional<fly::OrgMachinePage> org_machines_from(Json value) {
    bool sound = member(value, "machines").has_value();
    ObjectReader const json(value, sound);
    auto machines = read_all(json.list("machines"), &org_machine_from);
    fly::OrgMachinePage page{.next_cursor = json.text("next_cursor"), .error_regions = json.texts("error_regions")};
    if (!sound || !machines) return std::nullopt;
    page.machines = std::move(*machines);
    return page;
}

std::optional<std::vector<fly::MachineEvent>> events_from(Json value) {
    if (value.is_null()) return std::vector<fly::MachineEvent>{};
    simdjson::dom::array list;
    if (value.get_array().get(list) != simdjson::SUCCESS) return std::nullopt;
    return all_events(list);
}

std::optional<fly::Lease> lease_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    auto const lease = json.has("data") ? json.object("data") : json;
    fly::Lease read{.nonce = lease.text("nonce"),
                    .owner = lease.text("owner"),
                    .version = lease.text("version"),
                    .expires_at = lease.integer("expires_at")};
    if (!sound) return std::nullopt;
    return read;
}

std::optional<fly::Lease> acquired_lease_from(Json value) {
    auto lease = lease_from(value);
    return lease && !lease->nonce.empty() ? lease : std::nullopt;
}

std::optional<fly::MachineWaited> waited_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::MachineWaited waited{.state = json.text("state"), .version = json.text("version")};
    if (!sound || !json.flag("ok")) return std::nullopt;
    return waited;
}

std::optional<fly::ExecResult> exec_result_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::ExecResult result{.exit_code = json.number("exit_code"), .out = json.text("stdout"), .err = json.text("stderr")};
    // A command ended by a signal has no exit code of its own; 0 would say that it went well.
    if (auto const signal = json.number("exit_signal"); result.exit_code == 0 && signal > 0) result.exit_code = 128 + signal;
    if (!sound) return std::nullopt;
    return result;
}

std::optional<fly::LogPage> log_page_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    auto const lines = json.list("data");
    if (!json.has("data")) return std::nullopt;
    // fly-go: resource_logs.go. The token is a text there; a number has been seen in the wild.
    auto const meta = json.object("meta");
    fly::LogPage page{.next_token = meta.at("next_token").is_number() ? simdjson::minify(meta.at("next_token"))
                                                                      : meta.text("next_token")};
    for (auto const entry : lines) {
        auto const line = ObjectReader(entry, sound).object("attributes");
        page.lines.push_back(
            {.timestamp = line.text("timestamp"), .instance = line.text("instance"), .message = line.text("message")});
    }
    if (!sound) return std::nullopt;
    return page;
}

std::optional<fly::StringMap> metadata_from(Json value) {
    if (value.is_null()) return fly::StringMap{};
    simdjson::dom::object object;
    bool sound = value.get_object().get(object) == simdjson::SUCCESS;
    auto map = sound ? string_map_from(object, sound) : fly::StringMap{};
    if (!sound) return std::nullopt;
    return map;
}

}  // namespace dayfly::fly_rest
