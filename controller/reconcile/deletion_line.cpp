// See deletion_line.h.
#include "controller/reconcile/deletion_line.h"

#include <algorithm>

namespace dayfly::reconcile {
namespace {

/// Whoever does not come when it is its turn, because its object came back, say, must not hold up the others.
constexpr std::chrono::seconds patience{60};

}  // namespace

Instant DeletionLine::turn(std::string const& app, Instant now, Earliest const& earliest) {
    std::erase_if(places_, [&](Place const& place) { return place.app != app && place.turn + patience < now; });
    auto place = std::ranges::find(places_, app, &Place::app);
    if (place == places_.end()) place = places_.insert(places_.end(), {app, now});
    place->turn = earliest(static_cast<std::size_t>(place - places_.begin()));
    return place->turn;
}

void DeletionLine::leave(std::string const& app) {
    std::erase_if(places_, [&](Place const& place) { return place.app == app; });
}

}  // namespace dayfly::reconcile
