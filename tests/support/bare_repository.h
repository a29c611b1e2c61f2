// Real git: repositories in a folder of their own, and a server that shows them over HTTP the way git itself does.
#pragma once

#include <string>
#include <vector>

#include "controller/http/message.h"

namespace dayfly::test {

/// A bare repository in a temporary folder, which goes with it.
class BareRepository {
public:
    BareRepository();
    ~BareRepository();
    BareRepository(BareRepository const&) = delete;
    BareRepository& operator=(BareRepository const&) = delete;

    /// Runs git in the repository and returns its output without the last newline. Throws std::runtime_error when it fails.
    std::string git(std::vector<std::string> const& arguments) const;
    /// A commit with one file on top of `parent` ("" for none), on no branch yet; its hash.
    std::string commit(std::string const& text, std::string const& parent = "") const;
    void set(std::string const& reference, std::string const& commit) const { git({"update-ref", reference, commit}); }

    [[nodiscard]] std::string const& folder() const { return folder_; }
    /// The folder that holds the repository, which is called "shop.git" there.
    [[nodiscard]] std::string const& root() const { return root_; }

private:
    std::string root_;
    std::string folder_;
};

/// What `git http-backend` answers for the repositories below `root`.
[[nodiscard]] http::Response git_http_backend(std::string const& root, http::Request const& request);

}  // namespace dayfly::test
