// GitHub's repositories, branches, pull requests and files as types: what client.h answers, taken apart and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/github/client.h"
#include "controller/github/heads.h"

namespace dayfly::github {

struct Repository {
    std::int64_t id = 0;
    std::string full_name;  ///< as it is called now; differs from the question after a rename
    std::string default_branch;
    bool is_private = false;
    bool archived = false;
};

struct Branch {
    std::string name;
    std::string commit;
};

/// What one list call knows.
template <class T>
struct Listing {
    std::vector<T> items;
    bool complete = true;    ///< false: there is more than was read
    bool unchanged = false;  ///< the same as the last time
};

struct FolderEntry {
    std::string name;
    bool is_folder = false;
};

/// All take the repository as "owner/name". Errors as of Client, and Unavailable for an answer of the wrong shape.
Task<Result<Repository>> read_repository(Client& client, std::string repository);
/// The commit that `reference` ("heads/main", "tags/v1", a hash) is; tags are followed to their commit. Nothing when
/// GitHub knows the repository but no such reference.
Task<Result<std::optional<std::string>>> read_commit(Client& client, std::string repository, std::string reference);
Task<Result<PullRequest>> read_pull_request(Client& client, std::string repository, std::int64_t number);
/// The hundred that changed last, open or not, newest first: one call, and 304 as long as none of all changed. Opening,
/// closing, merging and pushing to one all put it in front.
Task<Result<Listing<PullRequest>>> read_recent_pull_requests(Client& client, std::string repository);
/// The first hundred, by name: one call.
Task<Result<Listing<Branch>>> read_branches(Client& client, std::string repository);
Task<Result<Comparison>> read_comparison(Client& client, std::string repository, std::string from, std::string to);
/// The members of `folder` ("" is the root) at `commit`, at most a thousand (GitHub's own limit).
Task<Result<std::vector<FolderEntry>>> read_folder(Client& client, std::string repository, std::string commit,
                                                   std::string folder);
/// A file's bytes. InvalidInput when it has more than `limit`.
Task<Result<std::string>> read_text(Client& client, std::string repository, std::string commit, std::string path,
                                    std::size_t limit);

}  // namespace dayfly::github
