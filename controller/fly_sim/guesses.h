// Answers whose status or wording nobody outside Fly has printed. Each has a name, a likely form, and can be replaced.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "controller/fly_sim/options.h"
#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_sim {

struct GuessedAnswer {
    std::string_view name;
    int status;             ///< 0: a switch of its own says it
    std::string_view text;  ///< each {} stands for a part that the request decides
};

[[nodiscard]] std::span<GuessedAnswer const> guessed_answers();

/// The answer `name` with `parts` filled in, as options.guesses wants it. `status`: where a switch of its own says it.
[[nodiscard]] Answer guessed(CloudOptions const& options, std::string_view name,
                             std::initializer_list<std::string_view> parts = {}, int status = 0);

}  // namespace dayfly::fly_sim
