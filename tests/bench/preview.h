// The preview that all benchmarks measure: an image with a service, a volume and a few variables, as people write it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "specs/environment.h"

namespace dayfly::bench {

/// "preview-00042": names sort by number.
[[nodiscard]] std::string preview_name(std::size_t number);
/// Its YAML; another `revision` is another image tag.
[[nodiscard]] std::string preview_text(std::size_t number, std::size_t revision = 1);
[[nodiscard]] specs::PreviewEnvironment preview(std::size_t number, std::size_t revision = 1);
[[nodiscard]] std::vector<specs::PreviewEnvironment> previews(std::size_t count);

}  // namespace dayfly::bench
