// What a repository was found to be: how to run it, and what a person should know.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dayfly::github {

struct Detection {
    std::string what;                    ///< "Node.js, npm"; empty: nothing was recognised
    std::string image;                   ///< to run it in; empty: none is known
    std::optional<std::string> install;  ///< commands; "": there is nothing to do; unset: not known
    std::optional<std::string> build;
    std::optional<std::string> start;
    std::vector<std::string> findings;  ///< sentences for people
    friend bool operator==(Detection const&, Detection const&) = default;
};

}  // namespace dayfly::github
