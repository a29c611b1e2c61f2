// MachineConfig to and from JSON.
#include "controller/fly_rest/config_json.h"

#include "controller/base/time_text.h"

namespace dayfly::fly_rest {
namespace {

template <class T>
void set(Body& object, char const* key, T const& value) {
    if (value != T{}) object[key] = value;
}

void set_duration(Body& object, char const* key, std::chrono::nanoseconds value) {
    if (value.count() != 0) object[key] = go_duration(value);
}

Body check_to_json(fly::Check const& check) {
    Body json = {{"type", check.type}};
    set(json, "port", check.port);
    set(json, "path", check.path);
    if (check.type == "http") json["method"] = "GET";
    set_duration(json, "interval", check.interval);
    set_duration(json, "timeout", check.timeout);
    set_duration(json, "grace_period", check.grace_period);
    return json;
}

fly::Check check_from(Json value, bool& sound) {
    ObjectReader const check(value, sound);
    return {.type = check.text("type"),
            .port = check.number("port"),
            .path = check.text("path"),
            .interval = check.duration("interval"),
            .timeout = check.duration("timeout"),
            .grace_period = check.duration("grace_period")};
}

char const* word_for(fly::Autostop autostop) {
    switch (autostop) {
        case fly::Autostop::Off: return "off";
        case fly::Autostop::Stop: return "stop";
        case fly::Autostop::Suspend: return "suspend";
    }
    return "off";
}

/// Fly echoes "off" and "stop" as false and true.
fly::Autostop autostop_from(Json value, bool& sound) {
    if (value.is_null()) return fly::Autostop::Off;
    if (bool on = false; value.get_bool().get(on) == simdjson::SUCCESS) return on ? fly::Autostop::Stop : fly::Autostop::Off;
    std::string_view word = "?";
    if (value.get_string().get(word) != simdjson::SUCCESS) word = "?";
    if (word == "suspend") return fly::Autostop::Suspend;
    if (word == "stop" || word == "true") return fly::Autostop::Stop;
    if (word != "off" && word != "false" && !word.empty()) sound = false;
    return fly::Autostop::Off;
}

Body service_to_json(fly::Service const& service) {
    Body json = {{"protocol", service.protocol},
                 {"internal_port", service.internal_port},
                 {"ports", Body::array()},
                 {"autostart", service.autostart},
                 {"autostop", word_for(service.autostop)},
                 {"min_machines_running", service.min_machines_running}};
    for (auto const& port : service.ports) {
        Body entry = {{"port", port.port}, {"handlers", port.handlers}};
        set(entry, "force_https", port.force_https);
        json["ports"].push_back(std::move(entry));
    }
    for (auto const& check : service.checks) json["checks"].push_back(check_to_json(check));
    return json;
}

fly::Service service_from(Json value, bool& sound) {
    ObjectReader const json(value, sound);
    fly::Service service;
    if (json.has("protocol")) service.protocol = json.text("protocol");
    service.internal_port = json.number("internal_port");
    for (auto const element : json.list("ports")) {
        ObjectReader const port(element, sound);
        service.ports.push_back({.port = port.number(port.either("port", "start_port")),
                                 .handlers = port.texts("handlers"),
                                 .force_https = port.flag("force_https")});
    }
    for (auto const check : json.list("checks")) service.checks.push_back(check_from(check, sound));
    service.autostart = json.flag("autostart");
    service.autostop = autostop_from(json.at("autostop"), sound);
    service.min_machines_running = json.number("min_machines_running");
    return service;
}

Body init_to_json(fly::MachineConfig const& config) {
    auto json = Body::object();
    set(json, "exec", config.exec);
    set(json, "entrypoint", config.entrypoint);
    set(json, "cmd", config.cmd);
    return json;
}

Body file_to_json(fly::File const& file) {
    Body json = {{"guest_path", file.guest_path}};
    set(json, "raw_value", file.raw_value);
    set(json, "secret_name", file.secret_name);
    set(json, "mode", file.mode);
    return json;
}

fly::File file_from(Json value, bool& sound) {
    ObjectReader const file(value, sound);
    return {.guest_path = file.text("guest_path"),
            .raw_value = file.text("raw_value"),
            .secret_name = file.text("secret_name"),
            .mode = file.number("mode")};
}

}  // namespace

Body to_json(fly::Guest const& guest) {
    return {{"cpu_kind", guest.cpu_kind}, {"cpus", guest.cpus}, {"memory_mb", guest.memory_mb}};
}

Body to_json(fly::MachineConfig const& config) {
    Body json = {{"image", config.image}, {"guest", to_json(config.guest)}};
    set(json, "env", config.env);
    set(json, "metadata", config.metadata);
    if (auto init = init_to_json(config); !init.empty()) json["init"] = std::move(init);
    for (auto const& service : config.services) json["services"].push_back(service_to_json(service));
    for (auto const& [name, check] : config.checks) json["checks"][name] = check_to_json(check);
    for (auto const& mount : config.mounts) json["mounts"].push_back({{"volume", mount.volume}, {"path", mount.path}});
    for (auto const& file : config.files) json["files"].push_back(file_to_json(file));
    if (!config.restart.policy.empty()) {
        json["restart"]["policy"] = config.restart.policy;
        set(json["restart"], "max_retries", config.restart.max_retries);
    }
    set(json, "auto_destroy", config.auto_destroy);
    return json;
}

fly::Guest guest_from(ObjectReader const& guest) {
    return {.cpu_kind = guest.text("cpu_kind"), .cpus = guest.number("cpus"), .memory_mb = guest.number("memory_mb")};
}

std::optional<fly::MachineConfig> config_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::MachineConfig config;
    config.image = json.text("image");
    config.guest = guest_from(json.object("guest"));
    config.env = json.string_map("env");
    config.metadata = json.string_map("metadata");
    auto const init = json.object("init");
    config.exec = init.texts("exec");
    config.entrypoint = init.texts("entrypoint");
    config.cmd = init.texts("cmd");
    for (auto const service : json.list("services")) config.services.push_back(service_from(service, sound));
    for (auto const [name, check] : json.members("checks"))
        config.checks.insert_or_assign(std::string(name), check_from(check, sound));
    for (auto const element : json.list("mounts")) {
        ObjectReader const mount(element, sound);
        config.mounts.push_back({.volume = mount.text("volume"), .path = mount.text("path")});
    }
    for (auto const file : json.list("files")) config.files.push_back(file_from(file, sound));
    auto const restart = json.object("restart");
    config.restart = {.policy = restart.text("policy"), .max_retries = restart.number("max_retries")};
    config.auto_destroy = json.flag("auto_destroy");
    if (!sound) return std::nullopt;
    return config;
}

}  // namespace dayfly::fly_rest
