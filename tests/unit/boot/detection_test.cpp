// Which commands the program finds in a repository when the spec leaves them out.
#include <gmock/gmock.h>

#include "tests/unit/boot/machine.h"

namespace dayfly::boot {
namespace {

struct Found {
    std::string name;
    std::map<std::string, std::string> files;
    std::string commands;  ///< what is run, a line each
    std::string path = ".";
};

std::string package(std::string const& scripts) { return "{\"scripts\":{" + scripts + "}}"; }

std::vector<Found> repositories() {
    auto const dev = package(R"("dev":"x","start":"x","build":"x")");
    auto const start = package(R"("start":"x")");
    return {
        {"npm", {{"package.json", dev}, {"package-lock.json", "{}"}}, "npm ci\nnpm run build\nnpm run dev\n"},
        {"npm_shrinkwrap", {{"package.json", start}, {"npm-shrinkwrap.json", "{}"}}, "npm ci\nnpm run start\n"},
        {"no_lock", {{"package.json", start}}, "npm install\nnpm run start\n"},
        {"pnpm",
         {{"package.json", dev}, {"pnpm-lock.yaml", ""}},
         "pnpm install --frozen-lockfile\npnpm run build\npnpm run dev\n"},
        {"yarn", {{"package.json", start}, {"yarn.lock", ""}}, "yarn install --frozen-lockfile\nyarn run start\n"},
        {"yarn_modern",
         {{"package.json", start}, {"yarn.lock", ""}, {".yarnrc.yml", ""}},
         "yarn install --immutable\nyarn run start\n"},
        {"bun", {{"package.json", start}, {"bun.lock", ""}}, "bun install --frozen-lockfile\nbun run start\n"},
        {"bun_binary", {{"package.json", start}, {"bun.lockb", ""}}, "bun install --frozen-lockfile\nbun run start\n"},
        {"monorepo",
         {{"package.json", "{}"}, {"pnpm-lock.yaml", ""}, {"apps/web/package.json", dev}},
         "pnpm install --frozen-lockfile\npnpm run build\npnpm run dev\n",
         "apps/web"},
        {"odd_scripts", {{"package.json", package(R"("dev":7,"build":null,"start":"x")")}}, "npm install\nnpm run start\n"},
        {"broken_json", {{"package.json", "{"}}, "npm install\n"},
        {"no_package", {{"main.go", ""}}, ""},
    };
}

class Detection : public BootProgram {};
INSTANTIATE_TEST_SUITE_P(Shells, Detection, testing::Values("dash", "busybox"),
                         [](auto const& tested) { return tested.param; });

TEST_P(Detection, FollowsTheLockFileAndTheScripts) {
    for (auto const* manager : {"npm", "pnpm", "yarn", "bun"}) {
        install_program(manager, std::string("#!/bin/sh\necho \"") + manager + " $*\" >>\"$RAN\"\n");
    }
    for (auto const& found : repositories()) {
        SCOPED_TRACE(found.name);
        std::filesystem::remove_all(workspace());
        test::GitRepository repository(outside() / found.name);
        wants(repository, repository.commit(found.files));
        environment_["DAYFLY_PATH"] = found.path;
        environment_["RAN"] = outside() / (found.name + ".ran");
        auto const ended = boot();
        bool const starts = found.commands.ends_with("run dev\n") || found.commands.ends_with("run start\n");
        EXPECT_EQ(ended.code, starts ? 0 : 24) << ended.output;
        EXPECT_EQ(test::read_text(outside() / (found.name + ".ran")), found.commands);
    }
}

}  // namespace
}  // namespace dayfly::boot
