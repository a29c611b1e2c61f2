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
    std::size_t files = 0;
};

/// Reads every path; a directory stands for its YAML and JSON files, recursively. NotFound for a path that is not there.
[[nodiscard]] Result<SpecsInput> read_specs(std::vector<std::string> const& paths, specs::LoadOptions const& options);

/// Prints problems (and notes) on standard error; true when there was a problem.
bool print_problems(SpecsInput const& input);

}  // namespace dayfly::cli
