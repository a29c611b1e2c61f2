// What GitHub's statuses mean to us.
#pragma once

#include <string_view>

#include "controller/base/clock.h"
#include "controller/base/result.h"
#include "controller/http/message.h"

namespace dayfly::github {

/// The error that `response`, anything but a success, stands for. `doing` names the question ("GET /repos/acme/shop").
/// Unauthenticated, Forbidden, RateLimited (with retry_after), NotFound (which also means "no access", never "gone"), Conflict,
/// InvalidConfig; Unavailable for a 5xx to a read and Ambiguous for one to a write.
[[nodiscard]] Error error_from(std::string_view method, std::string_view doing, http::Response const& response, WallTime now);

/// A web page where data was expected: a proxy or sign-in page that answered in GitHub's place.
[[nodiscard]] bool is_web_page(http::Response const& response);

/// One word for metrics: ok, not_modified, not_found, unauthorized, forbidden, rate_limited, error.
[[nodiscard]] std::string_view result_word(http::Response const& response);

/// The target of rel="next" in a Link header that stays at `origin_and_prefix` ("https://api.github.com"); "" without one.
[[nodiscard]] std::string next_page(http::Headers const& headers, std::string_view origin_and_prefix);

}  // namespace dayfly::github
