// The known name closest to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dayfly::specs {

/// The one of `known` that needs the fewest changed, missing, surplus or swapped letters to become `name`; empty when even that
/// one is too far away to be meant.
[[nodiscard]] std::string_view nearest(std::string_view name, std::span<std::string_view const> known);

/// ", did you mean 'region'?", or "; write one of: a, b, c" when none is near.
[[nodiscard]] std::string suggestion(std::string_view name, std::span<std::string_view const> known);

}  // namespace dayfly::specs
