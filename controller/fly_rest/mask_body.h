// Makes a request or answer fit to be logged: the shape stays, the values that may be secret do not.
#pragma once

#include <string>
#include <string_view>

namespace dayfly::fly_rest {

/// The JSON with every value under env, values, secrets, raw_value, value, nonce, token and their like replaced by "***"; names
/// and keys stay. Anything that is not JSON is only counted. At most 8 KiB.
[[nodiscard]] std::string mask_body(std::string_view body);

}  // namespace dayfly::fly_rest
