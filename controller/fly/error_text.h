// What a failed reply says in words, whatever its shape: JSON of three kinds, plain text or a gateway's HTML page.
#pragma once

#include <string>
#include <string_view>

#include "controller/fly/wire.h"

namespace dayfly::fly {

struct ErrorText {
    std::string text;       ///< one line without control characters
    std::string code;       ///< insufficient_capacity, name_taken, volume_placement_capacity, …; empty when there is none
    bool from_fly = false;  ///< a JSON error of the API itself; anything else may come from something in between
};

[[nodiscard]] ErrorText error_text(std::string_view body);

/// True when `text` has `part` in it, compared without case.
[[nodiscard]] bool mentions(std::string_view text, std::string_view part);

/// At most `limit` bytes, cut between UTF-8 characters.
[[nodiscard]] std::string bounded(std::string text, std::size_t limit);

}  // namespace dayfly::fly
