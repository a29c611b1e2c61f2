// `-f PATH|-`: the objects of a file, a directory or standard input.
#pragma once

#include <string>
#include <vector>

#include "controller/base/result.h"
#include "specs/load.h"

namespace dayfly::cli {

struct SpecsInput {
    std::vector<specs::PreviewEnvironment> environments;
    std::vector<specs::Problem> problems;
    std::vector<specs::Note> notes;
    std::vector<Error> unread;  ///< files and directories that could not be read
    std::size_t files = 0;
};

/// Reads every path; a directory stands for its YAML and JSON files, recursively.
[[nodiscard]] SpecsInput read_specs(std::vector<std::string> const& paths, specs::LoadOptions const& options);

/// Prints notes, problems and what could not be read on standard error; the exit code that they deserve, 0 for no problem.
[[nodiscard]] int report_problems(SpecsInput const& input);

}  // namespace dayfly::cli
