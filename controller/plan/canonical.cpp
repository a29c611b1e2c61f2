// See canonical.h.
#include "controller/plan/canonical.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/digest.h"
#include "controller/base/time_text.h"

namespace dayfly::plan {
namespace {

void put(Fields& fields, std::string path, std::string value) {
    // Zero and absent are the same to Fly: it drops empty values when it echoes.
    if (!value.empty()) fields.emplace(std::move(path), std::move(value));
}

std::string number(int value) { return value == 0 ? std::string{} : std::to_string(value); }
std::string flag(bool value) { return value ? "true" : ""; }
std::string duration(std::chrono::nanoseconds value) { return value.count() == 0 ? std::string{} : go_duration(value); }

void put_list(Fields& fields, std::string const& path, std::vector<std::string> const& values) {
    for (std::size_t i = 0; i < values.size(); ++i) fields.emplace(fmt::format("{}[{}]", path, i), values[i]);
}

void put_check(Fields& fields, std::string const& path, fly::Check const& check, int default_port) {
    put(fields, path + ".type", check.type);
    put(fields, path + ".port", number(check.port == 0 ? default_port : check.port));
    put(fields, path + ".path", check.path);
    put(fields, path + ".interval", duration(check.interval));
    put(fields, path + ".timeout", duration(check.timeout));
    put(fields, path + ".grace_period", duration(check.grace_period));
}

std::string autostop_text(fly::Autostop autostop) {
    switch (autostop) {
        case fly::Autostop::Stop: return "stop";
        case fly::Autostop::Suspend: return "suspend";
        case fly::Autostop::Off: break;
    }
    return {};
}

void put_service(Fields& fields, std::string const& path, fly::Service const& service) {
    put(fields, path + ".protocol", service.protocol);
    put(fields, path + ".internal_port", number(service.internal_port));
    put(fields, path + ".autostart", flag(service.autostart));
    put(fields, path + ".autostop", autostop_text(service.autostop));
    put(fields, path + ".min_machines_running", number(service.min_machines_running));
    auto ports = service.ports;
    std::ranges::sort(ports, {}, &fly::PortHandler::port);
    for (auto const& port : ports) {
        auto const at = fmt::format("{}.ports[{}]", path, port.port);
        fields.emplace(at, fmt::format("{}", fmt::join(port.handlers, ",")));
        put(fields, at + ".force_https", flag(port.force_https));
    }
    for (std::size_t i = 0; i < service.checks.size(); ++i) {
        put_check(fields, fmt::format("{}.checks[{}]", path, i), service.checks[i], service.internal_port);
    }
}

}  // namespace

Fields canonical_fields(fly::MachineConfig const& config) {
    Fields fields;
    put(fields, "image", config.image);
    put(fields, "guest.cpu_kind", config.guest.cpu_kind);
    put(fields, "guest.cpus", number(config.guest.cpus));
    put(fields, "guest.memory_mb", number(config.guest.memory_mb));
    // An environment variable with an empty value is a value.
    for (auto const& [name, value] : config.env) fields.emplace("env." + name, value);
    put_list(fields, "init.exec", config.exec);
    put_list(fields, "init.entrypoint", config.entrypoint);
    put_list(fields, "init.cmd", config.cmd);
    for (std::size_t i = 0; i < config.services.size(); ++i) {
        put_service(fields, fmt::format("services[{}]", i), config.services[i]);
    }
    for (auto const& [name, check] : config.checks) put_check(fields, "checks." + name, check, 0);
    for (std::size_t i = 0; i < config.mounts.size(); ++i) {
        fields.emplace(fmt::format("mounts[{}].path", i), config.mounts[i].path);
    }
    for (auto const& file : config.files) {
        auto const at = "files." + file.guest_path;
        fields.emplace(
            at, file.secret_name.empty() ? "sha256:" + sha256_hex(file.raw_value).substr(0, 16) : "secret:" + file.secret_name);
        put(fields, at + ".mode", file.mode == 0 ? "" : fmt::format("{:o}", file.mode));
    }
    // Fly's default policy is on-failure, and it echoes an absent policy in three ways.
    fields.emplace("restart.policy", config.restart.policy.empty() ? "on-failure" : config.restart.policy);
    put(fields, "restart.max_retries", number(config.restart.max_retries));
    put(fields, "auto_destroy", flag(config.auto_destroy));
    return fields;
}

std::string config_hash(fly::MachineConfig const& config) {
    std::string text;
    for (auto const& [path, value] : canonical_fields(config)) {
        // Lengths before the values: no value can imitate the next field.
        text += fmt::format("{}={}:{}\n", path, value.size(), value);
    }
    return sha256_hex(text).substr(0, 16);
}

std::vector<FieldChange> config_changes(fly::MachineConfig const& observed, fly::MachineConfig const& desired) {
    auto const from = canonical_fields(observed);
    auto const to = canonical_fields(desired);
    std::vector<FieldChange> changes;
    auto left = from.begin();
    auto right = to.begin();
    while (left != from.end() || right != to.end()) {
        if (right == to.end() || (left != from.end() && left->first < right->first)) {
            changes.push_back({.path = left->first, .from = left->second, .to = {}});
            ++left;
        } else if (left == from.end() || right->first < left->first) {
            changes.push_back({.path = right->first, .from = {}, .to = right->second});
            ++right;
        } else {
            if (left->second != right->second) {
                changes.push_back({.path = left->first, .from = left->second, .to = right->second});
            }
            ++left;
            ++right;
        }
    }
    return changes;
}

}  // namespace dayfly::plan
