#include "controller/source/duplicates.h"

#include <algorithm>
#include <map>
#include <vector>

namespace dayfly::source {
namespace {

using Copies = std::vector<specs::Location const*>;

std::string other_places(Copies const& copies, specs::Location const* own) {
    std::string text;
    for (auto const* copy : copies) {
        if (copy != own) text += (text.empty() ? "" : ", ") + copy->file + ":" + std::to_string(copy->line);
    }
    return text;
}

}  // namespace

void refuse_duplicates(Snapshot& snapshot) {
    std::map<specs::Key, Copies> copies;
    for (auto const& environment : snapshot.environments) copies[environment.key].push_back(&environment.location);
    for (auto const& [key, places] : copies) {
        if (places.size() < 2) continue;
        for (auto const* place : places) {
            snapshot.problems.push_back(
                {.location = *place,
                 .field = "metadata.name",
                 .message = "'" + key.text() + "' is also defined at " + other_places(places, place) + "; keep one of them",
                 .object = key});
        }
        snapshot.broken.push_back(key);
    }
    std::ranges::sort(snapshot.broken);
    auto const repeated = std::ranges::unique(snapshot.broken);
    snapshot.broken.erase(repeated.begin(), repeated.end());
    std::erase_if(snapshot.environments, [&](specs::PreviewEnvironment const& environment) {
        return std::ranges::binary_search(snapshot.broken, environment.key);
    });
}

}  // namespace dayfly::source
