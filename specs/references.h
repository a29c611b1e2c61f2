// $(NAME) in the values of variables: one reading of the syntax for the rules and for those who fill it in.
#pragma once

#include <array>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace dayfly::specs {

/// Names that every environment has without defining them.
inline constexpr std::array<std::string_view, 5> built_in_variables{"DAYFLY_URL", "DAYFLY_HOST", "DAYFLY_SHA", "DAYFLY_PR",
                                                                    "DAYFLY_NAME"};

/// `value` with each $(NAME) replaced by `lookup("NAME")` and each $$( by a plain $(. A $( without an end stays as it is.
[[nodiscard]] std::string expand(std::string_view value, std::function<std::string(std::string_view name)> const& lookup);

/// The names within $( ) in `value`, each once: a value may repeat a few of them many thousand times.
[[nodiscard]] std::set<std::string, std::less<>> referenced_names(std::string_view value);

}  // namespace dayfly::specs
