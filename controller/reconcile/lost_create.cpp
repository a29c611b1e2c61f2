// See lost_create.h.
#include "controller/reconcile/lost_create.h"

#include <algorithm>
#include <map>

#include "controller/base/time_text.h"

namespace dayfly::reconcile {
namespace {

constexpr std::chrono::seconds clock_difference{30};

bool may_have_made(LostCreate const& lost, fly::Volume const& volume) {
    if (volume.name != lost.name || lost.known.contains(volume.id)) return false;
    auto const made = parse_rfc3339(volume.created_at);
    return made && *made >= lost.sent - clock_difference && *made <= lost.given_up + clock_difference;
}

}  // namespace

std::set<std::string> own_doubles(std::vector<LostCreate> const& lost, std::vector<fly::Volume> const& volumes,
                                  std::set<std::string> const& made) {
    std::map<std::string, std::set<std::string>> fitting;  // by name
    for (auto const& volume : volumes) {
        if (made.contains(volume.id)) continue;
        if (std::ranges::any_of(lost, [&](LostCreate const& create) { return may_have_made(create, volume); }))
            fitting[volume.name].insert(volume.id);
    }
    std::set<std::string> own;
    for (auto& [name, ids] : fitting) {
        auto const creates = static_cast<std::size_t>(std::ranges::count(lost, name, &LostCreate::name));
        if (ids.size() <= creates) own.merge(ids);
    }
    return own;
}

}  // namespace dayfly::reconcile
