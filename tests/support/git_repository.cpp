// See git_repository.h.
#include "tests/support/git_repository.h"

#include <stdexcept>

#include "tests/support/child_process.h"

namespace dayfly::test {

GitRepository::GitRepository(std::filesystem::path directory) : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_);
    git({"init", "--quiet", "--initial-branch=main", "."});
}

std::string GitRepository::git(std::vector<std::string> const& arguments) const {
    Command command{.arguments = {"git", "-c", "user.name=Test", "-c", "user.email=test@example.com"},
                    .environment = plain_environment(),
                    .directory = directory_};
    command.environment["GIT_CONFIG_NOSYSTEM"] = "1";
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    auto result = run(command);
    if (result.code != 0) throw std::runtime_error("git " + arguments.front() + ": " + result.output);
    while (result.output.ends_with('\n')) result.output.pop_back();
    return result.output;
}

std::string GitRepository::commit(std::map<std::string, std::string> const& files) {
    for (auto const& [path, text] : files) write_text(directory_ / path, text);
    git({"add", "--all"});
    git({"commit", "--quiet", "--allow-empty", "--message=A change"});
    return git({"rev-parse", "HEAD"});
}

void GitRepository::branch(std::string const& name) {
    // Plumbing, because porcelain does not like some of the names that are allowed.
    git({"update-ref", "refs/heads/" + name, "HEAD"});
    git({"symbolic-ref", "HEAD", "refs/heads/" + name});
}

}  // namespace dayfly::test
