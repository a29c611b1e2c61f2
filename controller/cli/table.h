// A table as kubectl prints it: columns as wide as their widest cell, three spaces between them.
#pragma once

#include <string>
#include <vector>

namespace dayfly::cli {

/// Cells may come from anywhere: characters that would steer a terminal become question marks.
[[nodiscard]] std::string table(std::vector<std::string> const& head, std::vector<std::vector<std::string>> rows);

}  // namespace dayfly::cli
