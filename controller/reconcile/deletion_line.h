// Who waits to be deleted: Fly allows so many deletions a minute, and a place among the passes is too dear to wait in. Pure
// data on Instants.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "controller/base/clock.h"

namespace dayfly::reconcile {

class DeletionLine {
public:
    /// When one more deletion could be sent after `ahead` others.
    using Earliest = std::function<Instant(std::size_t ahead)>;

    /// When it is the turn of `app`, which stands in the line from now on; whoever came first goes first.
    [[nodiscard]] Instant turn(std::string const& app, Instant now, Earliest const& earliest);
    /// Its deletion is on its way, or it will not be deleted.
    void leave(std::string const& app);

    [[nodiscard]] std::size_t length() const { return places_.size(); }

private:
    struct Place {
        std::string app;
        Instant turn;
    };
    std::vector<Place> places_;
};

}  // namespace dayfly::reconcile
