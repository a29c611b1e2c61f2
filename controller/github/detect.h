// Recognises what a repository is by the names in a folder and the text of a few files. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/github/detection.h"

namespace dayfly::github {

/// A file that is larger than this is not looked into.
inline constexpr std::size_t max_clue_bytes = 256u << 10;

struct Clues {
    std::string path;                               ///< the folder, "" for the root
    std::set<std::string> root;                     ///< what is in the repository's root; folders end with '/'
    std::set<std::string> names;                    ///< what is in the folder
    std::map<std::string, std::string> files = {};  ///< the text of files in the folder, by name
};

/// The files of the folder that detect_from() wants the text of; at most five.
[[nodiscard]] std::vector<std::string> files_to_read(Clues const& clues);

[[nodiscard]] Detection detect_from(Clues const& clues);

/// The image tag of Node that fits a version range as in package.json ("^20.10", ">=18 <21 || 22.x") or a version as in .nvmrc
/// ("v20.11.1", "lts/iron"); "" for what cannot be read or met.
[[nodiscard]] std::string node_tag(std::string_view version);

}  // namespace dayfly::github
