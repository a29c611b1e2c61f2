// Which commands the program finds in a repository when the spec leaves them out.
#include <gmock/gmock.h>

#include "tests/support/node_repositories.h"
#include "tests/unit/boot/machine.h"

namespace dayfly::boot {
namespace {

class Detection : public BootProgram {};
INSTANTIATE_TEST_SUITE_P(Shells, Detection, testing::Values("dash", "busybox"),
                         [](auto const& tested) { return tested.param; });

TEST_P(Detection, FollowsTheLockFileAndTheScripts) {
    for (auto const* manager : {"npm", "pnpm", "yarn", "bun"}) {
        install_program(manager, std::string("#!/bin/sh\necho \"") + manager + " $*\" >>\"$RAN\"\n");
    }
    environment_["PORT"] = "3000";
    for (auto const& found : test::node_repositories()) {
        SCOPED_TRACE(found.name);
        std::filesystem::remove_all(workspace());
        test::GitRepository repository(outside() / found.name);
        wants(repository, repository.commit(found.files));
        environment_["DAYFLY_PATH"] = found.path.empty() ? "." : found.path;
        environment_["RAN"] = outside() / (found.name + ".ran");
        auto const ended = boot();
        EXPECT_EQ(ended.code, found.start.empty() ? 24 : 0) << ended.output;
        std::string commands;
        for (auto const& command : {found.install, found.build, found.start}) commands += command.empty() ? "" : command + '\n';
        if (auto const at = commands.find("$PORT"); at != std::string::npos) commands.replace(at, 5, "3000");
        EXPECT_EQ(test::read_text(outside() / (found.name + ".ran")), commands);
    }
}

TEST_P(Detection, FindsNothingWhereNothingIsToBeFound) {
    std::vector<std::map<std::string, std::string>> const repositories{{{"package.json", "{"}}, {{"main.go", ""}}};
    for (auto const& files : repositories) {
        std::filesystem::remove_all(workspace());
        test::GitRepository repository(outside() / files.begin()->first);
        install_program("npm", "#!/bin/sh\nexit 0\n");
        wants(repository, repository.commit(files));
        EXPECT_EQ(boot().code, 24);
    }
}

TEST_P(Detection, ProvidesAManagerThatTheImageDoesNotBring) {
    auto const writes = [&](std::string const& manager) {
        auto const file = (programs() / manager).string();
        return "#!/bin/sh\n[ \"$1\" = enable ] || [ \"$1\" = install ] || exit 1\nprintf '#!/bin/sh\\necho " + manager +
               " $* >>\"$RAN\"\\n' >" + file + "\nchmod 755 " + file + "\n";
    };
    for (auto const& [manager, from, lock] :
         {std::tuple{"pnpm", "corepack", "pnpm-lock.yaml"}, std::tuple{"bun", "npm", "bun.lock"}}) {
        SCOPED_TRACE(manager);
        std::filesystem::remove_all(workspace());
        install_program(from, writes(manager));
        // Named by package.json, Corepack provides it even where there is another one.
        auto const package = test::package_json(R"("start":"x")", std::string(R"(,"packageManager":")") + manager + "@1.0.0\"");
        test::GitRepository repository(outside() / manager);
        wants(repository, repository.commit({{"package.json", package}, {lock, ""}}));
        environment_["RAN"] = outside() / (std::string(manager) + ".ran");
        auto const ended = boot();
        EXPECT_EQ(ended.code, 0) << ended.output;
        EXPECT_EQ(test::read_text(environment_["RAN"]),
                  std::string(manager) + " install --frozen-lockfile\n" + manager + " run start\n");
    }
}

}  // namespace
}  // namespace dayfly::boot
