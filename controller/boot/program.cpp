// See program.h.
#include "controller/boot/program.h"

#include <fmt/format.h>

#include "controller/base/digest.h"

namespace dayfly::boot {
namespace {

std::string seconds_text(specs::Duration duration) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

std::string clone_url(std::string const& repository, std::string const& github) {
    bool const shorthand = repository.find(':') == std::string::npos && !repository.starts_with('/');
    return shorthand ? github + '/' + repository + ".git" : repository;
}

/// A pinned commit is looked for in everything the repository has.
std::string reference(specs::Git const& git) {
    if (!git.commit.empty()) return "HEAD";
    if (git.pull_request) return "refs/pull/" + std::to_string(*git.pull_request) + "/head";
    if (!git.branch.empty()) return "refs/heads/" + git.branch;
    if (!git.tag.empty()) return "refs/tags/" + git.tag;
    return "HEAD";
}

void append(std::string& text, std::string_view name, std::string_view value) {
    text += fmt::format("{}:{}:{}\n", name, value.size(), value);
}

}  // namespace

std::string image_for(specs::Runtime const& runtime) { return runtime.image.value_or("node:22"); }

fly::StringMap environment_for(specs::Git const& git, specs::Runtime const& runtime, Workspace const& workspace,
                               std::string const* start, std::string const& github) {
    fly::StringMap environment{
        {"DAYFLY_WORKSPACE", workspace.path},
        {"DAYFLY_REPOSITORY", clone_url(git.repository, github)},
        {"DAYFLY_REF", reference(git)},
        {"DAYFLY_PATH", git.path},
        {"DAYFLY_CLONE_SECONDS", seconds_text(runtime.timeouts.clone)},
        {"DAYFLY_INSTALL_SECONDS", seconds_text(runtime.timeouts.install)},
        {"DAYFLY_BUILD_SECONDS", seconds_text(runtime.timeouts.build)},
    };
    if (workspace.kept) environment["DAYFLY_STATE"] = workspace.path + "/.dayfly";
    if (!git.commit.empty()) environment["DAYFLY_COMMIT"] = git.commit;
    if (runtime.install) environment["DAYFLY_INSTALL"] = *runtime.install;
    if (runtime.build) environment["DAYFLY_BUILD"] = *runtime.build;
    if (start != nullptr) {
        environment["DAYFLY_START"] = *start;
    } else if (runtime.start) {
        environment["DAYFLY_START"] = *runtime.start;
    }
    return environment;
}

void add_digests(fly::MachineConfig& config, std::string const& secrets_digest) {
    std::string inputs;
    append(inputs, "image", config.image);
    append(inputs, "secrets", secrets_digest);
    for (auto const& [name, value] : config.env) {
        // The program adds commit, path and commands itself; the rest of its variables does not shape a result.
        if (!name.starts_with("DAYFLY_") || name == "DAYFLY_REPOSITORY") append(inputs, name, value);
    }
    auto everything = inputs;
    for (auto const& [name, value] : config.env) append(everything, name, value);
    append(everything, "memory", std::to_string(config.guest.memory_mb));
    append(everything, "processors", config.guest.cpu_kind + std::to_string(config.guest.cpus));
    config.env["DAYFLY_INPUTS"] = sha256_hex(inputs);
    config.env["DAYFLY_SPEC"] = sha256_hex(everything);
}

std::vector<std::string> report_command(fly::StringMap const& environment, unsigned lines, std::string_view from) {
    std::vector<std::string> command{"/bin/sh", program_path, "report", std::to_string(lines)};
    auto const state = environment.find("DAYFLY_STATE");
    command.push_back(state == environment.end() ? std::string() : state->second);
    command.emplace_back(from);
    return command;
}

fly::File program_file() {
    return {.guest_path = program_path, .raw_value = base64(program_text()), .secret_name = {}, .mode = 0755};
}

}  // namespace dayfly::boot
