// See desired.h.
#include "controller/plan/desired.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/digest.h"
#include "controller/boot/program.h"
#include "controller/plan/canonical.h"
#include "controller/plan/marks.h"
#include "specs/references.h"

namespace dayfly::plan {
namespace {

/// Fly presets by name: "shared-cpu-2x", "performance-4x". The spec was checked at load time.
fly::Guest guest_of(specs::Machine const& machine) {
    auto const dash = machine.size.rfind('-');
    int cpus = 0;
    for (char const c : std::string_view(machine.size).substr(dash + 1)) {
        if (c >= '0' && c <= '9') cpus = cpus * 10 + (c - '0');
    }
    return {.cpu_kind = machine.size.starts_with("shared") ? "shared" : "performance",
            .cpus = cpus,
            .memory_mb = machine.memory_mb};
}

fly::Autostop autostop_of(specs::Sleep const& sleep) {
    if (sleep.policy != specs::SleepPolicy::Auto) return fly::Autostop::Off;
    return sleep.mode == specs::SleepMode::Suspend ? fly::Autostop::Suspend : fly::Autostop::Stop;
}

fly::Service service_of(specs::Service const& service, specs::Sleep const& sleep) {
    fly::Service result{.protocol = "tcp", .internal_port = service.port};
    result.ports = {{.port = 80, .handlers = {"http"}, .force_https = service.force_https},
                    {.port = 443, .handlers = {"tls", "http"}, .force_https = false}};
    result.autostart = sleep.policy != specs::SleepPolicy::Off && sleep.wake_on_request;
    result.autostop = autostop_of(sleep);
    if (service.health) {
        result.checks.push_back({.type = "http",
                                 .port = service.port,
                                 .path = service.health->path,
                                 .interval = service.health->interval,
                                 .timeout = service.health->timeout,
                                 .grace_period = service.health->grace});
    }
    return result;
}

std::string wanted_revision(specs::Spec const& spec, Revision const& revision) {
    if (!spec.git) return spec.image;
    if (!revision.commit.empty()) return revision.commit;
    auto const& git = *spec.git;
    if (!git.commit.empty()) return git.commit;
    if (git.pull_request) return "pr-" + std::to_string(*git.pull_request);
    if (!git.branch.empty()) return git.branch;
    return git.tag.empty() ? "HEAD" : git.tag;
}

std::string join(std::set<std::string> const& values) { return fmt::format("{}", fmt::join(values, ",")); }

std::string addresses_text(Desired const& desired) {
    std::set<std::string> all = desired.domains;
    for (auto const type : desired.ips) all.emplace(fly::to_string(type));
    return join(all);
}

/// The machines of one environment share everything but their process, size and command.
class Translation {
public:
    Translation(specs::PreviewEnvironment const& environment, Revision const& revision, Desired& desired)
        : environment_(environment), revision_(revision), desired_(desired) {
        host_ = desired_.app + ".fly.dev";
        auto const& git = environment.spec.git;
        names_ = {{"DAYFLY_NAME", environment.key.name},
                  {"DAYFLY_HOST", host_},
                  {"DAYFLY_URL", "https://" + host_},
                  {"DAYFLY_SHA", git ? (revision.commit.empty() ? git->commit : revision.commit) : ""},
                  {"DAYFLY_PR", git && git->pull_request ? std::to_string(*git->pull_request) : ""}};
    }

    void web() {
        auto const& spec = environment_.spec;
        for (int i = 0; i < spec.machine.count; ++i) {
            auto machine = of_source("web", i, spec.machine, nullptr);
            if (spec.service) machine.config.services.push_back(service_of(*spec.service, spec.sleep));
            if (spec.volume) mount(machine, "web", i, *spec.volume);
            // A worker-only environment has no requests to wake it, so it sleeps with the rest by the sleep clock only.
            machine.may_rest = spec.sleep.policy != specs::SleepPolicy::Off;
            finish(std::move(machine));
        }
    }

    void process(std::string const& name, specs::Process const& process) {
        for (int i = 0; i < process.machine.count; ++i) {
            auto machine = of_source(name, i, process.machine, &process.start);
            machine.may_rest = environment_.spec.sleep.policy != specs::SleepPolicy::Off;
            finish(std::move(machine));
        }
    }

    void companion(std::string const& name, specs::Companion const& companion) {
        auto machine = bare(name, 0, companion.machine);
        machine.config.image = companion.image;
        machine.config.env = expanded(companion.env);
        if (companion.volume) mount(machine, name, 0, *companion.volume);
        machine.may_rest = environment_.spec.sleep.policy != specs::SleepPolicy::Off;
        finish(std::move(machine));
    }

private:
    DesiredMachine bare(std::string const& process, int ordinal, specs::Machine const& size) {
        DesiredMachine machine{.name = machine_name(process, ordinal), .process = process};
        machine.config.guest = guest_of(size);
        machine.config.restart.policy = size.restart;
        return machine;
    }

    DesiredMachine of_source(std::string const& process, int ordinal, specs::Machine const& size, std::string const* start) {
        auto const& spec = environment_.spec;
        auto machine = bare(process, ordinal, size);
        auto& config = machine.config;
        config.env = expanded(spec.env);
        for (auto const& [name, value] : names_) config.env.emplace(name, value);
        if (spec.service) {
            config.env.emplace("PORT", std::to_string(spec.service->port));
            config.env.emplace("HOST", "0.0.0.0");
        }
        if (spec.git) {
            boot::Workspace workspace;
            if (spec.volume) workspace = {.path = spec.volume->mount_path, .kept = process == "web"};
            config.image = spec.runtime.image || revision_.image.empty() ? boot::image_for(spec.runtime) : revision_.image;
            config.files.push_back(boot::program_file());
            config.exec = {"/bin/sh", boot::program_path};
            for (auto const& [name, value] : boot::environment_for(*spec.git, spec.runtime, workspace, start, revision_.github))
                config.env[name] = value;
            if (!revision_.commit.empty()) config.env["DAYFLY_COMMIT"] = revision_.commit;
            if (auto const names = build_secrets(); !names.empty()) config.env["DAYFLY_BUILD_SECRETS"] = names;
            boot::add_digests(config, desired_.secrets_digest);
        } else {
            config.image = spec.image;
            if (start != nullptr) config.exec = {"/bin/sh", "-c", *start};
        }
        return machine;
    }

    /// What the program has to take out of the environment before it starts the app.
    std::string build_secrets() const {
        std::vector<std::string> names;
        for (auto const& secret : environment_.spec.secrets) {
            if (secret.build && desired_.secret_names.contains(secret.name)) names.push_back(secret.name);
        }
        return fmt::format("{}", fmt::join(names, " "));
    }

    void mount(DesiredMachine& machine, std::string const& process, int ordinal, specs::Volume const& volume) {
        machine.config.mounts.push_back({.volume = {}, .path = volume.mount_path});
        machine.volume = DesiredVolume{.name = volume_name(process, ordinal),
                                       .size_gb = volume.size_gb,
                                       .snapshots = volume.snapshots,
                                       .from_volume = volume.from_volume,
                                       .from_snapshot = volume.from_snapshot,
                                       .compute = machine.config.guest};
    }

    fly::StringMap expanded(specs::StringMap const& values) const {
        auto names = names_;
        for (auto const& [name, value] : values) names.emplace(name, value);
        fly::StringMap result;
        for (auto const& [name, value] : values) result.emplace(name, expand(value, names));
        return result;
    }

    void finish(DesiredMachine machine) {
        auto& metadata = machine.config.metadata;
        metadata[owner_key] = desired_.ownership.owner;
        metadata[environment_key] = desired_.key.text();
        metadata[process_key] = machine.process;
        metadata[revision_key] = desired_.revision;
        if (revision_.fork) metadata[fork_key] = "true";
        metadata[spec_key] = config_hash(machine.config);
        if (!desired_.secrets_digest.empty()) {
            metadata[secrets_key] = desired_.secrets_digest;
            metadata[secret_names_key] = join(desired_.secret_names);
        }
        if (!machine.config.mounts.empty()) {
            metadata[mount_key] = machine.config.mounts.front().path;
            metadata[volume_size_key] = std::to_string(machine.volume->size_gb);
        }
        if (auto const addresses = addresses_text(desired_); !addresses.empty()) metadata[addresses_key] = addresses;
        if (environment_.spec.deletion_policy == specs::DeletionPolicy::Orphan) metadata[deletion_key] = "orphan";
        if (environment_.spec.deletion_policy == specs::DeletionPolicy::SnapshotThenDelete) metadata[deletion_key] = "snapshot";
        desired_.machines.push_back(std::move(machine));
    }

    specs::PreviewEnvironment const& environment_;
    Revision const& revision_;
    Desired& desired_;
    std::string host_;
    fly::StringMap names_;
};

}  // namespace

std::string expand(std::string_view text, fly::StringMap const& names) {
    return specs::expand(text, [&](std::string_view name) {
        auto const found = names.find(std::string(name));
        return found == names.end() ? fmt::format("$({})", name) : found->second;
    });
}

std::string fingerprint(Desired const& desired) {
    std::string text = fmt::format("{}\n{}\n{}\n", desired.app, desired.network, fmt::join(desired.regions, ","));
    for (auto const& machine : desired.machines) {
        text += machine.name + '\n';
        for (auto const& [name, value] : machine.config.metadata) text += fmt::format("{}={}:{}\n", name, value.size(), value);
    }
    return short_hash(text, 16);
}

bool boots_program(DesiredMachine const& machine) {
    return std::ranges::any_of(machine.config.files, [](auto const& file) { return file.guest_path == boot::program_path; });
}

std::set<std::string> allowed_secrets(specs::Spec const& spec, Revision const& revision) {
    std::set<std::string> names;
    for (auto const& secret : spec.secrets) {
        if (!revision.fork || std::ranges::find(spec.fork_secrets, secret.name) != spec.fork_secrets.end())
            names.insert(secret.name);
    }
    // A fork's code runs where the token is, if only before it: what needs one to be cloned is not cloned for a fork.
    if (spec.git && spec.git->credentials && !revision.fork) names.insert(boot::git_token);
    return names;
}

Desired desired_state(specs::PreviewEnvironment const& environment, Ownership const& ownership,
                      std::string const& secrets_digest, Revision const& revision) {
    auto const& spec = environment.spec;
    Desired desired{.key = environment.key, .ownership = ownership};
    if (!spec.fly.organization.empty()) desired.ownership.organization = spec.fly.organization;
    auto const hash = identity_hash(desired.ownership, desired.key);
    desired.app = spec.fly.app_name.empty() ? app_name(desired.ownership, desired.key) : spec.fly.app_name;
    desired.network = spec.fly.network.empty() ? network_name(ownership.owner, hash) : spec.fly.network;
    desired.regions = {spec.region};
    desired.regions.insert(desired.regions.end(), spec.fallback_regions.begin(), spec.fallback_regions.end());
    if (spec.service) {
        bool const is_public = spec.service->visibility == specs::Visibility::Public;
        desired.url = is_public ? "https://" + desired.app + ".fly.dev"
                                : fmt::format("http://{}.internal:{}", desired.app, spec.service->port);
        desired.domains = {spec.service->domains.begin(), spec.service->domains.end()};
        if (is_public) desired.ips = {fly::IpType::SharedV4, fly::IpType::V6};
    }
    desired.secret_names = allowed_secrets(spec, revision);
    desired.secrets_digest = secrets_digest;
    desired.revision = wanted_revision(spec, revision);
    desired.drift_policy = spec.drift_policy;
    desired.suspend = spec.suspend;
    desired.sleeps_suspended = spec.sleep.mode == specs::SleepMode::Suspend;
    auto const allow_replace = environment.annotations.find(specs::allow_replace_annotation);
    desired.allow_replace = allow_replace != environment.annotations.end() && allow_replace->second == "true";

    Translation translation(environment, revision, desired);
    translation.web();
    for (auto const& [name, process] : spec.processes) translation.process(name, process);
    for (auto const& [name, companion] : spec.companions) translation.companion(name, companion);
    return desired;
}

}  // namespace dayfly::plan
