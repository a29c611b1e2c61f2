// What a client says it can read: the Accept and Accept-Encoding headers with their weights. (RFC 9110, section 12)
#pragma once

#include <string_view>

namespace dayfly::http {

/// How much the client wants a media type, 0 (not at all) to 1. The most specific range of the header that matches decides; a
/// range with a version matches that version only. An empty header accepts everything.
[[nodiscard]] double media_weight(std::string_view accept, std::string_view type, std::string_view version);

/// Whether an answer may be coded like that ("gzip"). An empty header asks for none.
[[nodiscard]] bool accepts_encoding(std::string_view accept_encoding, std::string_view coding);

}  // namespace dayfly::http
