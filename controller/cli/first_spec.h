// The first YAML for a repository, from what was found in it. Pure.
#pragma once

#include <string>

#include "controller/github/detection.h"

namespace dayfly::cli {

struct FirstSpec {
    std::string repository;  ///< as it shall stand in the file
    std::string path;        ///< part of a monorepo; "" or "." for all of it
    github::Detection detection;
};

/// A PreviewEnvironment that loads to exactly the detected values, with the findings as comments in front.
[[nodiscard]] std::string first_spec(FirstSpec const& from);

}  // namespace dayfly::cli
