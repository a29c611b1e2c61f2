// What a Git server says of its references, in both of the protocol's versions. Pure text in and out.
// Source: git's Documentation/gitprotocol-v2.txt (ls-refs) and gitprotocol-pack.txt (reference discovery).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/result.h"

namespace dayfly::github {

/// References by their whole name; an annotated tag is the commit that it stands for.
struct References {
    std::map<std::string, std::string> commits;  ///< "HEAD", "refs/heads/main", "refs/pull/7/head" to a hash
    std::string head;                            ///< what HEAD points at: "refs/heads/main"; "" when it is not said
};

struct Advertisement {
    bool speaks_v2 = false;     ///< ask on with ls_refs_request()
    std::string object_format;  ///< "sha256"; "" when the server does not say
    References references;      ///< the older versions list them at once
};

/// Reads the answer to `info/refs?service=git-upload-pack`. Unavailable when it is not a Git server's.
[[nodiscard]] Result<Advertisement> read_advertisement(std::string_view body);

/// Asks for the references that begin with one of `prefixes`, with HEAD's target and the commits of tags.
[[nodiscard]] std::string ls_refs_request(std::vector<std::string> const& prefixes, std::string const& object_format);

/// Reads the answer to it. Unavailable when it is not whole.
[[nodiscard]] Result<References> read_ls_refs(std::string_view body);

}  // namespace dayfly::github
