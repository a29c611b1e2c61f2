// Comparing what a stranger sent with what only we should know.
#pragma once

#include <string_view>

namespace dayfly {

/// Takes the same time wherever two texts of one length differ: the time of a refusal does not tell how much was guessed right.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace dayfly
