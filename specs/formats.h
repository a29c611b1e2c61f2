// The shapes that text fields must have: one pattern each, used by the reader and the JSON Schema alike.
#pragma once

#include <string_view>

namespace dayfly::specs {

struct Format {
    std::string_view pattern;  ///< ECMAScript, for the whole text
    std::string_view name;     ///< "a DNS label": what the text is not
    std::string_view advice;   ///< "use lower-case letters, …": what would be right
};

/// Texts are bounded before they come here (at most some thousand characters): the matcher recurses.
[[nodiscard]] bool matches(Format const& format, std::string_view text);

inline constexpr Format dns_label{"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", "a DNS label",
                                  "use lower-case letters, digits and inner dashes, at most 63"};
inline constexpr Format part_name{"^(?!web$)[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$", "a name for a part",
                                  "use lower-case letters, digits and inner dashes, at most 20; 'web' is the main machine's"};
inline constexpr Format variable_name{"^[A-Za-z_][A-Za-z0-9_]*$", "a variable's name",
                                      "use letters, digits and underscores, and no digit first"};
inline constexpr Format own_variable_name{"^(?!DAYFLY_)[A-Za-z_][A-Za-z0-9_]*$", "a variable's name of your own",
                                          "use letters, digits and underscores, no digit first; DAYFLY_ is set by Dayfly"};
inline constexpr Format label_key{"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$",
                                  "a label's name", "write name or prefix.example/name, the name at most 63 characters"};
inline constexpr Format label_value{"^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$", "a label's value",
                                    "use at most 63 letters, digits, dots, dashes and underscores, or an annotation"};
inline constexpr Format repository{
    "^([A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]+|https://[^\\s/@:]+(:[0-9]+)?/[^\\s@]+"
    "|http://(localhost|127\\.0\\.0\\.1)(:[0-9]+)?/[^\\s@]+|ssh://([A-Za-z0-9._-]+@)?[^\\s/@:]+(:[0-9]+)?/[^\\s@]+"
    "|[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\\s@]+|file:///[^\\s]+|/[^\\s]+)$",
    "a repository", "write owner/name, or an https or ssh URL without a password"};
inline constexpr Format git_reference{"^(?![-/.])(?!.*(\\.\\.|//|@\\{|\\.lock$|[/.]$))[^\\s~^:?*\\[\\\\]+$",
                                      "a branch or tag of git", "write it as git shows it, such as feature/cart"};
inline constexpr Format commit_hash{"^[0-9a-f]{7,40}$", "a commit", "write 7 to 40 lower-case hexadecimal digits"};
inline constexpr Format whole_commit_hash{"^[0-9a-f]{40}$", "a whole commit id", "write all 40 lower-case hexadecimal digits"};
inline constexpr Format inner_path{"^(?!/)(?!\\.\\.(/|$))(?!.*/\\.\\.(/|$))[^\\\\]+$", "a path inside",
                                   "write a relative path without '..'"};
inline constexpr Format guest_path{"^/(?!\\.\\.(/|$))(?!.*/\\.\\.?(/|$))(?!.*//)[A-Za-z0-9._@+-][A-Za-z0-9._@+/-]*$",
                                   "a place for a volume", "write an absolute path below '/', such as /workspace"};
inline constexpr Format request_path{"^/[^\\s]*$", "a request path", "begin it with '/', without spaces"};
inline constexpr Format image_reference{
    "^[A-Za-z0-9][A-Za-z0-9._-]*(:[0-9]+(?=/))?(/"
    "[a-z0-9][a-z0-9._-]*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$",
    "an image", "write registry/name:tag, as docker pull takes it"};
inline constexpr Format host_name{"^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$",
                                  "a host name", "write it in lower case and in full, such as pr-42.preview.acme.dev"};
inline constexpr Format kubernetes_name{"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", "the name of a Kubernetes Secret",
                                        "use lower-case letters, digits, dots and dashes"};
inline constexpr Format kubernetes_key{"^[A-Za-z0-9._-]{1,253}$", "a key of a Kubernetes Secret",
                                       "use letters, digits, dots, dashes and underscores"};
inline constexpr Format fly_id{"^[A-Za-z0-9_-]+$", "an id of Fly's", "copy it from `fly volumes list`"};
inline constexpr Format organization_slug{"^([a-z0-9][a-z0-9-]{0,62})?$", "an organisation's slug",
                                          "copy it from `fly orgs list`"};
inline constexpr Format app_name{"^([a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?)?$", "an app's name",
                                 "use lower-case letters, digits and inner dashes, at most 62"};
inline constexpr Format network_name{"^([A-Za-z][A-Za-z0-9-]{0,62})?$", "a network's name",
                                     "begin with a letter; use letters, digits and dashes, at most 63"};

}  // namespace dayfly::specs
