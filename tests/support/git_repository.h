// A real Git repository on disk.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace dayfly::test {

class GitRepository {
public:
    /// An empty repository in `directory`, which is made.
    explicit GitRepository(std::filesystem::path directory);

    /// Writes the files (path -> text) and commits everything on the current branch. Returns the commit's id.
    std::string commit(std::map<std::string, std::string> const& files);
    /// Starts a branch at the current commit and goes on there.
    void branch(std::string const& name);
    /// Runs git in it; its output without the last newline. Throws std::runtime_error when git fails.
    std::string git(std::vector<std::string> const& arguments) const;

    [[nodiscard]] std::filesystem::path const& path() const { return directory_; }
    [[nodiscard]] std::string url() const { return "file://" + directory_.string(); }

private:
    std::filesystem::path directory_;
};

}  // namespace dayfly::test
