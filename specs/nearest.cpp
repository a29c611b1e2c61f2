// Edit distance with swaps, blind to upper and lower case.
#include "specs/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace dayfly::specs {
namespace {

constexpr std::size_t longest_name = 64;

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

/// Both at most `longest_name` characters. Anything from `limit` on is as good as `limit`.
std::size_t distance(std::string_view left, std::string_view right, std::size_t limit) {
    std::array<std::size_t, longest_name + 1> before{}, previous{}, current{};
    for (std::size_t column = 0; column <= right.size(); ++column) previous[column] = column;
    for (std::size_t row = 1; row <= left.size(); ++row) {
        current[0] = row;
        auto best = row;
        for (std::size_t column = 1; column <= right.size(); ++column) {
            bool const same = lower(left[row - 1]) == lower(right[column - 1]);
            current[column] = std::min({previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (same ? 0 : 1)});
            bool const swapped = row > 1 && column > 1 && lower(left[row - 1]) == lower(right[column - 2]) &&
                                 lower(left[row - 2]) == lower(right[column - 1]);
            if (swapped) current[column] = std::min(current[column], before[column - 2] + 1);
            best = std::min(best, current[column]);
        }
        // What is near grows by one at most from row to row, also through a swap.
        if (best > limit) return limit;
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
        // As many letters as one is longer have to be added at least.
        auto const difference = std::max(name.size(), candidate.size()) - std::min(name.size(), candidate.size());
        if (candidate.size() > longest_name || difference >= best_distance) continue;
        auto const there = distance(name, candidate, best_distance);
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
