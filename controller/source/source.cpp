// What makes a snapshot worth telling, whichever source it comes from.
#include "controller/source/source.h"

#include <utility>

namespace dayfly::source {

bool is_news(Snapshot const* before, Snapshot const& next) {
    return before == nullptr || before->digest != next.digest || before->complete != next.complete ||
           before->unreadable != next.unreadable || before->upsert_only != next.upsert_only;
}

std::shared_ptr<Snapshot const> while_unreadable(Snapshot const& read, std::string reason) {
    auto snapshot = std::make_shared<Snapshot>(read);
    snapshot->complete = false;
    snapshot->upsert_only = false;
    snapshot->unreadable = std::move(reason);
    return snapshot;
}

}  // namespace dayfly::source
