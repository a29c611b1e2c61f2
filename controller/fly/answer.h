// Fly's answers become an Error here and nowhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/base/result.h"
#include "controller/fly/wire.h"

namespace dayfly::fly {

/// The Error for a reply whose status is not a success. By status and text, after the bodies observed at Fly (docs/fly.md).
/// For writes, 408, 500, 502, 503 and 504 mean Ambiguous (a 503 was seen after the machine had been made); for reads
/// Unavailable. Its message is "create_machine shop/abc: 412 text (fly-request-id …)", bounded, and never holds what was sent.
/// A 401 on the path of an app made less than a minute ago may mean "not yet": only the caller knows the app's age.
[[nodiscard]] Error error_from(Call const& call, Reply const& reply);

/// True when the same machine may well find room in another region: NoCapacity, or a quota that counts for one region.
[[nodiscard]] bool another_region_may_help(Error const& error);

}  // namespace dayfly::fly
