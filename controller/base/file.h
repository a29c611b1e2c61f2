// Reading small files whole, with a bound.
#pragma once

#include <cstddef>
#include <string>

#include "controller/base/result.h"

namespace dayfly {

/// The file's bytes. NotFound when it is not there, InvalidInput when it is larger than `limit` bytes or not a regular file,
/// Unavailable when it cannot be read.
[[nodiscard]] Result<std::string> read_file(std::string const& path, std::size_t limit);

}  // namespace dayfly
