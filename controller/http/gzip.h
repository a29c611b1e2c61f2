// Answers made smaller for clients that ask for it. (RFC 1952)
#pragma once

#include <string>
#include <string_view>

namespace dayfly::http {

/// `text` as a gzip stream, packed for speed rather than size. Throws std::bad_alloc without memory and never fails otherwise.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace dayfly::http
