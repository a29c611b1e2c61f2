// What `spec.source.git.repository` means: a repository at GitHub, a Git server, a folder, or nothing that can be asked.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/result.h"

namespace dayfly::github {

struct Address {
    enum class Kind { Github, Remote, Folder };
    Kind kind = Kind::Github;
    std::string text;       ///< "acme/shop", an https:// or http:// URL, or an absolute path
    bool is_local = false;  ///< a folder or a server on this machine: a policy decides whether it may be used
    friend auto operator<=>(Address const&, Address const&) = default;
};

/// Reads "owner/name", https://, http:// (loopback only), file://, ssh:// and git@host:path. The last two are asked over https.
/// `github_host` is the host that people see ("github.com"): its repositories are asked over GitHub's API. InvalidInput for
/// everything else; no message repeats a URL, which may hold a password.
[[nodiscard]] Result<Address> parse_address(std::string_view repository, std::string_view github_host);

/// 40 or 64 lower-case hexadecimal digits.
[[nodiscard]] bool is_commit(std::string_view text);
/// "acme/shop" with only the characters that GitHub allows in names.
[[nodiscard]] bool is_full_name(std::string_view text);

}  // namespace dayfly::github
