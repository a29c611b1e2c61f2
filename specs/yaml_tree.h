// From YAML text to trees of nodes, bounded while the parser runs: nothing is built that the limits would refuse.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "specs/load.h"
#include "specs/node.h"

namespace dayfly::specs {

struct SyntaxProblem {
    Mark mark;
    std::string message;
};

struct YamlFile {
    std::vector<Node> documents;
    std::vector<SyntaxProblem> problems;  ///< each hides one document, or the rest of the file
};

/// All documents of `bytes`. A document with a syntax error is told in `problems`, the ones after it are still read; a limit
/// ends the reading.
[[nodiscard]] YamlFile read_yaml(std::string_view bytes, LoadLimits const& limits);

}  // namespace dayfly::specs
