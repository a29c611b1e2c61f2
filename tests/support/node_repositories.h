// Repositories of Node applications and how each is installed, built and started: what `dayfly init` writes and what a machine
// finds by itself must be the same, so both are held against this one table.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace dayfly::test {

struct NodeRepository {
    std::string name;
    std::map<std::string, std::string> files;
    std::string install;
    std::string build;  ///< "": there is nothing to build
    std::string start;  ///< "": nothing is found
    std::string path = "";
};

/// package.json with these scripts and members, both as JSON.
[[nodiscard]] inline std::string package_json(std::string const& scripts, std::string const& more = {}) {
    return "{\"scripts\":{" + scripts + "}" + more + "}";
}

[[nodiscard]] inline std::vector<NodeRepository> node_repositories() {
    auto const all = package_json(R"("dev":"x","start":"x","build":"x")");
    auto const start = package_json(R"("start":"x")");
    auto const declares = [](std::string const& manager) {
        return package_json(R"("start":"x")", R"(,"packageManager":")" + manager + "\"");
    };
    // An application that tells that it was started, by whatever name.
    std::string const program =
        "require('fs').appendFileSync(process.env.RAN, 'node ' + process.argv[1].split('/').pop() + '\\n')";
    return {
        {"npm", {{"package.json", all}, {"package-lock.json", "{}"}}, "npm ci", "npm run build", "npm run dev"},
        {"npm_shrinkwrap", {{"package.json", start}, {"npm-shrinkwrap.json", "{}"}}, "npm ci", "", "npm run start"},
        {"no_lock", {{"package.json", start}}, "npm install", "", "npm run start"},
        {"pnpm",
         {{"package.json", all}, {"pnpm-lock.yaml", ""}},
         "pnpm install --frozen-lockfile",
         "pnpm run build",
         "pnpm run dev"},
        {"yarn", {{"package.json", start}, {"yarn.lock", ""}}, "yarn install --frozen-lockfile", "", "yarn run start"},
        {"yarn_modern",
         {{"package.json", start}, {"yarn.lock", ""}, {".yarnrc.yml", ""}},
         "yarn install --immutable",
         "",
         "yarn run start"},
        {"bun", {{"package.json", start}, {"bun.lock", ""}}, "bun install --frozen-lockfile", "", "bun run start"},
        {"bun_binary", {{"package.json", start}, {"bun.lockb", ""}}, "bun install --frozen-lockfile", "", "bun run start"},
        {"two_locks",
         {{"package.json", start}, {"package-lock.json", "{}"}, {"yarn.lock", ""}},
         "yarn install --frozen-lockfile",
         "",
         "yarn run start"},
        {"two_locks_and_a_word",
         {{"package.json", declares("npm@10.9.0")}, {"package-lock.json", "{}"}, {"yarn.lock", ""}},
         "npm ci",
         "",
         "npm run start"},
        {"a_word_against_the_only_lock",
         {{"package.json", declares("pnpm@9.1.0+sha256.00")}, {"package-lock.json", "{}"}},
         "npm ci",
         "",
         "npm run start"},
        {"a_word_without_a_lock", {{"package.json", declares("pnpm@9.1.0")}}, "pnpm install", "", "pnpm run start"},
        {"a_word_for_bun", {{"package.json", declares("bun@1.2.0")}}, "bun install", "", "bun run start"},
        {"an_unknown_word", {{"package.json", declares("$(reboot)@1")}}, "npm install", "", "npm run start"},
        {"monorepo",
         {{"package.json", "{}"}, {"pnpm-lock.yaml", ""}, {"apps/web/package.json", all}},
         "pnpm install --frozen-lockfile",
         "pnpm run build",
         "pnpm run dev",
         "apps/web"},
        {"odd_scripts",
         {{"package.json", package_json(R"("dev":7,"build":null,"start":"x")")}},
         "npm install",
         "",
         "npm run start"},
        // Vite and Astro take notice neither of PORT nor of HOST.
        {"vite",
         {{"package.json", package_json(R"("dev":"vite --open")")}, {"package-lock.json", "{}"}},
         "npm ci",
         "",
         "npm run dev -- --host 0.0.0.0 --port $PORT"},
        {"astro",
         {{"package.json", package_json(R"("start":"astro dev")")}, {"yarn.lock", ""}},
         "yarn install --frozen-lockfile",
         "",
         "yarn run start --host 0.0.0.0 --port $PORT"},
        {"vitest", {{"package.json", package_json(R"("dev":"vitest")")}}, "npm install", "", "npm run dev"},
        {"main",
         {{"package.json", package_json("", R"(,"main":"shop.js")")}, {"shop.js", program}},
         "npm install",
         "",
         "node shop.js"},
        {"server",
         {{"package.json", "{}"}, {"server.js", program}, {"index.js", program}},
         "npm install",
         "",
         "node server.js"},
        {"odd_main",
         {{"package.json", package_json("", R"(,"main":"a;b.js")")}, {"a;b.js", program}, {"index.js", program}},
         "npm install",
         "",
         "node index.js"},
        {"nothing", {{"package.json", "{}"}}, "npm install", "", ""},
    };
}

}  // namespace dayfly::test
