#include "controller/github/detect_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "controller/github/json.h"

namespace dayfly::github {
namespace {

/// Commands repeat what they need: a machine that starts again has its volume, but not what was installed beside it.
struct PackageManager {
    std::string_view name;
    std::string_view install;
    std::string_view run;        ///< in front of a script's name
    std::string_view arguments;  ///< between a script's name and arguments for it
};

constexpr PackageManager npm{.name = "npm", .install = "npm ci", .run = "npm run ", .arguments = " -- "};
constexpr PackageManager npm_without_lock{.name = "npm", .install = "npm install", .run = "npm run ", .arguments = " -- "};
constexpr PackageManager pnpm{.name = "pnpm",
                              .install = "corepack enable && pnpm install --frozen-lockfile",
                              .run = "corepack enable && pnpm run ",
                              .arguments = " "};
constexpr PackageManager classic_yarn{.name = "yarn",
                                      .install = "corepack enable && yarn install --frozen-lockfile",
                                      .run = "corepack enable && yarn run ",
                                      .arguments = " "};
constexpr PackageManager yarn{.name = "yarn",
                              .install = "corepack enable && yarn install --immutable",
                              .run = "corepack enable && yarn run ",
                              .arguments = " "};
constexpr PackageManager bun{
    .name = "bun", .install = "npx --yes bun install --frozen-lockfile", .run = "npx --yes bun run ", .arguments = " "};

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

std::string manager_of(Json const& package, Clues const& clues, Detection& detection) {
    // "pnpm@9.1.0+sha256…" (Corepack).
    auto const declared = text_at(package, "packageManager");
    auto const declared_name = declared.substr(0, declared.find('@'));
    for (auto const* names : {&clues.names, &clues.root}) {
        std::vector<std::string> found;
        for (auto const* name : {"npm", "pnpm", "yarn", "bun"}) {
            if (has_lock(*names, name)) found.emplace_back(name);
        }
        if (found.empty()) continue;
        if (names == &clues.root && !clues.path.empty())
            detection.findings.push_back("The lock file is in the repository's root: this is a workspace.");
        if (found.size() > 1) {
            auto const& chosen = std::ranges::find(found, declared_name) != found.end() ? declared_name : found.front();
            detection.findings.push_back(
                fmt::format("There are lock files of {}; {} is used.", fmt::join(found, " and "), chosen));
            return chosen;
        }
        return found.front();
    }
    for (auto const* name : {"npm", "pnpm", "yarn", "bun"}) {
        if (declared_name == name) return declared_name;
    }
    return {};
}

PackageManager properties_of(std::string const& name, Clues const& clues) {
    if (name == "npm") return npm;
    if (name == "pnpm") return pnpm;
    if (name == "bun") return bun;
    if (name.empty()) return npm_without_lock;
    bool const is_modern = clues.names.contains(".yarnrc.yml") || clues.root.contains(".yarnrc.yml");
    return is_modern ? yarn : classic_yarn;
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
    if (tag.empty()) detection.findings.push_back("engines.node in package.json cannot be met; node:22 is used.");
    return "node:" + (tag.empty() ? "22" : tag);
}

/// Vite and Astro listen on loopback only unless told otherwise, and take no notice of PORT and HOST.
bool needs_arguments(std::string const& script) {
    return script == "vite" || script.starts_with("vite ") || script.starts_with("astro dev") || script == "vite dev";
}

void find_start(Json const& package, Clues const& clues, PackageManager const& manager, Detection& detection) {
    auto const& scripts = member(package, "scripts");
    for (auto const* name : {"dev", "start"}) {
        auto const script = text_at(scripts, name);
        if (script.empty()) continue;
        detection.start = fmt::format("{}{}", manager.run, name);
        if (needs_arguments(script)) *detection.start += fmt::format("{}--host 0.0.0.0 --port $PORT", manager.arguments);
        return;
    }
    for (auto const& file : {text_at(package, "main"), std::string("server.js"), std::string("index.js")}) {
        if (!clues.names.contains(file)) continue;
        detection.start = "node " + file;
        return;
    }
    detection.findings.push_back("package.json has neither a dev nor a start script: write spec.runtime.start.");
}

}  // namespace

Detection detect_node(Clues const& clues) {
    Detection detection{.what = "Node.js"};
    auto const file = clues.files.find("package.json");
    auto const package = file == clues.files.end() ? std::nullopt : parse_json(file->second);
    if (!package || !package->is_object()) {
        detection.findings.push_back("package.json is not readable JSON.");
        return detection;
    }
    auto const name = manager_of(*package, clues, detection);
    auto const manager = properties_of(name, clues);
    if (name.empty()) detection.findings.push_back("There is no lock file: each build may install other versions.");
    detection.what = fmt::format("Node.js, {}", manager.name);
    detection.image = node_image(*package, clues, detection);
    detection.install = manager.install;
    detection.build =
        text_at(member(*package, "scripts"), "build").empty() ? std::string() : fmt::format("{}build", manager.run);
    find_start(*package, clues, manager, detection);
    return detection;
}

}  // namespace dayfly::github
