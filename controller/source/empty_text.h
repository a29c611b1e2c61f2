// Files in which nothing is written. Whoever wants environments gone removes their file; a file that lost its text is an
// accident.
#pragma once

#include <string_view>

namespace dayfly::source {

/// Not one character but white space.
[[nodiscard]] bool is_blank(std::string_view text);

/// Blank, comments, marks of documents, and what tools print for nothing (`null`, `~`, `{}`).
[[nodiscard]] bool holds_no_document(std::string_view text);

}  // namespace dayfly::source
