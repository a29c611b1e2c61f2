// Edit distance with swaps, blind to upper and lower case.
#include "specs/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace dayfly::specs {
namespace {

constexpr std::size_t longest_name = 64;

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> before(right.size() + 1), previous(right.size() + 1), current(right.size() + 1);
    for (std::size_t column = 0; column <= right.size(); ++column) previous[column] = column;
    for (std::size_t row = 1; row <= left.size(); ++row) {
        current[0] = row;
        for (std::size_t column = 1; column <= right.size(); ++column) {
            bool const same = lower(left[row - 1]) == lower(right[column - 1]);
            current[column] = std::min({previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (same ? 0 : 1)});
            bool const swapped = row > 1 && column > 1 && lower(left[row - 1]) == lower(right[column - 2]) &&
                                 lower(left[row - 2]) == lower(right[column - 1]);
            if (swapped) current[column] = std::min(current[column], before[column - 2] + 1);
        }
        std::swap(before, previous);
        std::swap(previous, current);
    }
    return previous[right.size()];
}

}  // namespace

std::string_view nearest(std::string_view name, std::span<std::string_view const> known) {
    if (name.empty() || name.size() > longest_name) return {};
    std::string_view best;
    // A third of the letters may differ, but never all of them.
    auto best_distance = std::min(std::max<std::size_t>(1, name.size() / 3) + 1, name.size());
    for (auto const candidate : known) {
        auto const there = distance(name, candidate);
        if (there < best_distance) {
            best = candidate;
            best_distance = there;
        }
    }
    return best;
}

std::string suggestion(std::string_view name, std::span<std::string_view const> known) {
    if (auto const best = nearest(name, known); !best.empty()) return fmt::format(", did you mean '{}'?", best);
    return fmt::format("; write one of: {}", fmt::join(known, ", "));
}

}  // namespace dayfly::specs
