#include "controller/github/detect_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "controller/github/json.h"

namespace dayfly::github {
namespace {

/// In the order in which their lock files count when there are several: npm's is often left over.
constexpr std::array<std::string_view, 4> managers{"pnpm", "yarn", "bun", "npm"};

struct Manager {
    std::string name;
    bool locked = false;  ///< there is a lock file of it
};

bool has_lock(std::set<std::string> const& names, std::string_view manager) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> locks{{{"npm", "package-lock.json"},
                                                                                         {"npm", "npm-shrinkwrap.json"},
                                                                                         {"pnpm", "pnpm-lock.yaml"},
                                                                                         {"yarn", "yarn.lock"},
                                                                                         {"bun", "bun.lock"},
                                                                                         {"bun", "bun.lockb"}}};
    for (auto const& [name, file] : locks) {
        if (name == manager && names.contains(std::string(file))) return true;
    }
    return false;
}

Manager manager_of(Json const& package, Clues const& clues, Detection& detection) {
    // "pnpm@9.1.0+sha256…" (Corepack).
    auto const declared = text_at(package, "packageManager");
    auto const declared_name = declared.substr(0, declared.find('@'));
    for (auto const* names : {&clues.names, &clues.root}) {
        std::vector<std::string> found;
        for (auto const name : managers) {
            if (has_lock(*names, name)) found.emplace_back(name);
        }
        if (found.empty()) continue;
        if (names == &clues.root && !clues.path.empty())
            detection.findings.emplace_back("The lock file is in the repository's root: this is a workspace.");
        bool const is_declared = std::ranges::find(found, declared_name) != found.end();
        auto const& chosen = is_declared ? declared_name : found.front();
        if (found.size() > 1) {
            detection.findings.push_back(
                fmt::format("There are lock files of {}; {} is used.", fmt::join(found, " and "), chosen));
        }
        return {.name = chosen, .locked = true};
    }
    bool const is_known = std::ranges::find(managers, declared_name) != managers.end();
    return {.name = is_known ? declared_name : "npm"};
}

/// The machine itself provides the manager that is found, so no command has to.
std::string install_command(Manager const& manager, Clues const& clues) {
    if (!manager.locked) return manager.name + " install";
    if (manager.name == "npm") return "npm ci";
    bool const is_modern = clues.names.contains(".yarnrc.yml") || clues.root.contains(".yarnrc.yml");
    return manager.name + (manager.name == "yarn" && is_modern ? " install --immutable" : " install --frozen-lockfile");
}

std::string node_image(Json const& package, Clues const& clues, Detection& detection) {
    for (auto const* file : {".nvmrc", ".node-version"}) {
        if (auto const found = clues.files.find(file); found != clues.files.end()) {
            if (auto const tag = node_tag(found->second); !tag.empty()) return "node:" + tag;
            detection.findings.push_back(fmt::format("{} names no version that is known here; node:22 is used.", file));
            return "node:22";
        }
    }
    auto const range = text_at(member(package, "engines"), "node");
    if (range.empty()) return "node:22";
    auto const tag = node_tag(range);
    if (tag.empty()) detection.findings.emplace_back("engines.node in package.json cannot be met; node:22 is used.");
    return "node:" + (tag.empty() ? "22" : tag);
}

/// Vite and Astro listen on loopback only unless told otherwise, and take no notice of PORT and HOST.
bool needs_arguments(std::string const& script) {
    return script == "vite" || script.starts_with("vite ") || script.starts_with("astro dev");
}

/// Safe in a command as it is.
bool is_plain_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
}

void find_start(Json const& package, Clues const& clues, Manager const& manager, Detection& detection) {
    auto const& scripts = member(package, "scripts");
    for (auto const* name : {"dev", "start"}) {
        auto const script = text_at(scripts, name);
        if (script.empty()) continue;
        detection.start = fmt::format("{} run {}", manager.name, name);
        if (needs_arguments(script))
            *detection.start += manager.name == "npm" ? " -- --host 0.0.0.0 --port $PORT" : " --host 0.0.0.0 --port $PORT";
        return;
    }
    for (auto const& file : {text_at(package, "main"), std::string("server.js"), std::string("index.js")}) {
        if (!is_plain_name(file) || !clues.names.contains(file)) continue;
        detection.start = "node " + file;
        return;
    }
    detection.findings.emplace_back("package.json has neither a dev nor a start script: write spec.runtime.start.");
}

}  // namespace

Detection detect_node(Clues const& clues) {
    Detection detection{.what = "Node.js"};
    auto const file = clues.files.find("package.json");
    auto const package = file == clues.files.end() ? std::nullopt : parse_json(file->second);
    if (!package || !package->is_object()) {
        detection.findings.emplace_back("package.json is not readable JSON.");
        return detection;
    }
    auto const manager = manager_of(*package, clues, detection);
    if (!manager.locked) detection.findings.emplace_back("There is no lock file: each build may install other versions.");
    detection.what = fmt::format("Node.js, {}", manager.name);
    detection.image = node_image(*package, clues, detection);
    detection.install = install_command(manager, clues);
    detection.build =
        text_at(member(*package, "scripts"), "build").empty() ? std::string() : fmt::format("{} run build", manager.name);
    find_start(*package, clues, manager, detection);
    return detection;
}

}  // namespace dayfly::github
