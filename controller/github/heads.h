// The questions that following a repository asks, whatever host it lives on. Knows no HTTP: the loop depends on this, hosts.h
// answers it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/result.h"
#include "controller/base/secret.h"
#include "controller/base/task.h"
#include "controller/github/address.h"
#include "controller/github/detection.h"
#include "controller/github/pull_request.h"

namespace dayfly::github {

/// Something in a repository that stands for a commit.
struct Reference {
    enum class Kind { DefaultBranch, Branch, Tag, PullRequest, Commit };
    Kind kind = Kind::DefaultBranch;
    std::string name = {};    ///< of a branch or tag, or the beginning of a commit's hash
    std::int64_t number = 0;  ///< of a pull request
    friend auto operator<=>(Reference const&, Reference const&) = default;

    /// "branch feature/cart", for messages.
    [[nodiscard]] std::string text() const;
};

struct Head {
    std::string commit;
    std::optional<PullRequest> pull_request = {};  ///< when the host tells of pull requests
    friend bool operator==(Head const&, Head const&) = default;
};

/// What a host said of each reference: its head; nothing, when the host answered and has no such reference; or why it could not
/// tell.
using Heads = std::map<Reference, Result<std::optional<Head>>>;

/// A repository, and as whom it is asked.
struct Place {
    Address address;
    std::string credentials =
        {};  ///< the name of `secret`, one per value's origin ("env:SHOP_TOKEN"); "": the controller's own
    Secret secret = {};
    [[nodiscard]] std::string key() const { return credentials + ' ' + address.text; }
};

/// What changed on the way from one commit to a later one.
struct Comparison {
    std::vector<std::string> paths;
    bool complete = true;  ///< false: more changed than is listed, or the second commit does not come after the first
};

class HeadSource {
public:
    HeadSource() = default;
    HeadSource(HeadSource const&) = delete;
    HeadSource& operator=(HeadSource const&) = delete;
    virtual ~HeadSource() = default;

    /// Looks at `wanted`. Without `urgent` it may answer for a part of them only, with one cheap question, and gets round to
    /// the others the next times; what is `urgent` is always answered. Call it for one repository at a time.
    virtual Task<Heads> look(Place place, std::set<Reference> wanted, std::set<Reference> urgent) = 0;
    /// Refused when the host cannot compare.
    virtual Task<Result<Comparison>> compare(Place place, std::string from, std::string to) = 0;
    /// What is at `path` of a commit. Refused when the host does not show files.
    virtual Task<Result<Detection>> detect(Place place, std::string commit, std::string path) = 0;
};

}  // namespace dayfly::github
