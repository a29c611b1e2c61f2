// The table of what each kind of failure leads to.
#include "controller/fly/error_policy.h"

#include <array>

namespace dayfly::fly {
namespace {

using namespace std::chrono_literals;

struct Row {
    ErrorKind kind;
    ErrorPolicy policy;
};

constexpr std::array table{
    Row{ErrorKind::Unauthenticated,
        {Retry::Backoff, 1min, 15min,
         "Fly does not accept the token. Give FLY_API_TOKEN a valid organisation token: fly tokens create org."}},
    Row{ErrorKind::Forbidden,
        {Retry::Backoff, 1min, 15min,
         "The token may not do this. A deploy token reaches one app only; use one of the organisation that owns the app."}},
    Row{ErrorKind::NotFound, {Retry::LookFirst, 750ms, 15min, "It does not exist at Fly any more, or does not exist yet."}},
    Row{ErrorKind::NameTaken,
        {Retry::No, 1min, 15min,
         "App names are unique across all of Fly; choose another environment name, or set spec.fly.appName."}},
    Row{ErrorKind::InvalidConfig,
        {Retry::No, 1min, 15min, "Fly understood the request and refused it. Change the field that its answer names."}},
    Row{ErrorKind::NoCapacity,
        {Retry::Backoff, 15s, 10min,
         "Fly has no room in this region at the moment. Add spec.fallbackRegions, choose a smaller machine, or wait."}},
    Row{ErrorKind::QuotaExceeded,
        {Retry::Backoff, 1min, 15min,
         "A limit of the Fly organisation is reached. Check its payment method and quotas in the Fly dashboard."}},
    Row{ErrorKind::ImageNotFound,
        {Retry::Backoff, 5s, 5min,
         "The registry does not have this image, or does not show it to Fly. A tag just pushed can take a minute to appear."}},
    Row{ErrorKind::Conflict,
        {Retry::LookFirst, 750ms, 1min, "Something else changed it at the same time; it is looked at again."}},
    Row{ErrorKind::LeaseHeld,
        {Retry::Backoff, 5s, 1min, "Somebody else is working on this machine; its lease runs out by itself."}},
    Row{ErrorKind::NotReadyYet, {Retry::Backoff, 1s, 30s, "Fly is still busy with an earlier change; it is tried again soon."}},
    Row{ErrorKind::RateLimited, {Retry::Backoff, 2s, 2min, "Too many calls to Fly; they are slowed down."}},
    Row{ErrorKind::Unavailable,
        {Retry::Backoff, 750ms, 15min, "Fly could not be reached or did not answer properly; see https://status.flyio.net."}},
    Row{ErrorKind::Ambiguous,
        {Retry::LookFirst, 750ms, 15min,
         "The answer was lost, so the change may have happened; it is looked at before anything else."}},
    Row{ErrorKind::Refused, {Retry::No, 1min, 15min, "One of this controller's own guards held it back; see the message."}},
    Row{ErrorKind::InvalidInput, {Retry::No, 1min, 15min, "Correct the input that the message names."}},
    Row{ErrorKind::TimedOut, {Retry::Backoff, 750ms, 15min, "It took longer than allowed; it is tried again."}},
    Row{ErrorKind::Cancelled, {Retry::No, 750ms, 15min, "The controller is shutting down."}},
    Row{ErrorKind::Unknown,
        {Retry::Backoff, 5s, 15min, "An answer of Fly that this controller does not know; see the message."}},
};

}  // namespace

ErrorPolicy const& policy_for(ErrorKind kind) {
    for (auto const& row : table) {
        if (row.kind == kind) return row.policy;
    }
    return table.back().policy;
}

std::string_view hint_for(Error const& error) { return error.hint.empty() ? policy_for(error.kind).hint : error.hint; }

}  // namespace dayfly::fly
