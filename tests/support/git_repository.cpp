// See git_repository.h.
#include "tests/support/git_repository.h"

#include <stdexcept>

namespace dayfly::test {

std::string git_in(std::filesystem::path const& directory, std::vector<std::string> const& arguments) {
    Command command{.arguments = {"git"}, .environment = plain_environment(), .directory = directory};
    constexpr char moment[] = "2026-01-01T00:00:00Z";
    command.environment.insert({{"GIT_CONFIG_NOSYSTEM", "1"},
                                {"GIT_AUTHOR_NAME", "Test"},
                                {"GIT_AUTHOR_EMAIL", "test@example.com"},
                                {"GIT_AUTHOR_DATE", moment},
                                {"GIT_COMMITTER_NAME", "Test"},
                                {"GIT_COMMITTER_EMAIL", "test@example.com"},
                                {"GIT_COMMITTER_DATE", moment}});
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    auto result = run(command);
    if (result.code != 0) throw std::runtime_error("git " + arguments.front() + ": " + result.output);
    while (result.output.ends_with('\n')) result.output.pop_back();
    return result.output;
}

GitRepository::GitRepository(std::filesystem::path directory) : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_);
    git({"init", "--quiet", "--initial-branch=main", "."});
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

BareRepository::BareRepository() { git_in(root_.path(), {"init", "--quiet", "--bare", "--initial-branch=main", "shop.git"}); }

std::string BareRepository::commit(std::string const& text, std::string const& parent) const {
    write_text(root_.path() / "file", text);
    auto const blob = git({"hash-object", "-w", (root_.path() / "file").string()});
    git({"update-index", "--add", "--cacheinfo", "100644," + blob + ",file"});
    auto const tree = git({"write-tree"});
    std::vector<std::string> arguments{"commit-tree", tree, "-m", text};
    if (!parent.empty()) arguments.insert(arguments.end(), {"-p", parent});
    return git(arguments);
}

}  // namespace dayfly::test
