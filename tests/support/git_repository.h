// Real Git repositories on disk: one with files to look at, and one without.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace dayfly::test {

/// Runs git in `directory` and returns its output without the last newline. Nothing of the developer's own configuration
/// reaches it, and all commits are of one moment, so that equal ones have equal ids. Throws std::runtime_error when it fails.
std::string git_in(std::filesystem::path const& directory, std::vector<std::string> const& arguments);

/// A repository with its files, in a folder that outlives it.
class GitRepository {
public:
    /// An empty repository in `directory`, which is made.
    explicit GitRepository(std::filesystem::path directory);

    /// Writes the files (path -> text) and commits everything on the current branch. Returns the commit's id.
    std::string commit(std::map<std::string, std::string> const& files);
    /// Starts a branch at the current commit and goes on there.
    void branch(std::string const& name);
    std::string git(std::vector<std::string> const& arguments) const { return git_in(directory_, arguments); }

    [[nodiscard]] std::filesystem::path const& path() const { return directory_; }
    [[nodiscard]] std::string url() const { return "file://" + directory_.string(); }

private:
    std::filesystem::path directory_;
};

/// A bare repository, as a server holds it, in a temporary folder that goes with it.
class BareRepository {
public:
    BareRepository();

    /// A commit with one file on top of `parent` ("" for none), on no branch yet; its id.
    std::string commit(std::string const& text, std::string const& parent = "") const;
    void set(std::string const& reference, std::string const& commit) const { git({"update-ref", reference, commit}); }
    std::string git(std::vector<std::string> const& arguments) const { return git_in(folder(), arguments); }

    [[nodiscard]] std::string folder() const { return (root_.path() / "shop.git").string(); }
    /// The folder that holds the repository, which is called "shop.git" there.
    [[nodiscard]] std::filesystem::path const& root() const { return root_.path(); }

private:
    TemporaryDirectory root_;
};

}  // namespace dayfly::test
