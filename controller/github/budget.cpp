#include "controller/github/budget.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "controller/http/retry_after.h"

namespace dayfly::github {
namespace {

std::optional<std::int64_t> number(http::Response const& response, std::string_view name) {
    auto const* const header = response.headers.find(name);
    if (header == nullptr) return std::nullopt;
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(header->data(), header->data() + header->size(), value);
    if (error != std::errc() || end != header->data() + header->size() || value < 0) return std::nullopt;
    return value;
}

/// The window is an hour; a reset further away than that comes from a wrong clock, ours or theirs.
constexpr auto longest = std::chrono::hours(1);

}  // namespace

bool is_rate_limit(http::Response const& response) {
    if (response.status == 429) return true;
    if (response.status != 403) return false;
    return response.headers.find("Retry-After") != nullptr || number(response, "X-RateLimit-Remaining") == 0 ||
           std::string_view(response.body).substr(0, 4096).find("rate limit") != std::string_view::npos;
}

std::optional<milliseconds> Budget::hold(WallTime now, int reserve) const {
    auto until = paused_until_;
    if (limit_ > 0 && now < reset_ && remaining_ - in_flight_ <= std::min(reserve, limit_ / 10))
        until = std::max(until, reset_);
    if (until <= now) return std::nullopt;
    return std::chrono::ceil<milliseconds>(std::min<WallTime::duration>(until - now, longest));
}

void Budget::end(http::Response const* response, WallTime now) {
    --in_flight_;
    if (response == nullptr) return;
    auto const limit = number(*response, "X-RateLimit-Limit");
    auto const remaining = number(*response, "X-RateLimit-Remaining");
    auto const reset = number(*response, "X-RateLimit-Reset");
    auto const* const resource = response->headers.find("X-RateLimit-Resource");
    if (limit && remaining && reset && (resource == nullptr || *resource == "core")) {
        auto const until = std::min(WallTime(seconds(std::min<std::int64_t>(*reset, 32'503'680'000))), now + longest);
        // Answers overtake each other: within one window the smallest number is the newest.
        bool const same_window = limit_ > 0 && until - reset_ < seconds(5) && reset_ - until < seconds(5);
        limit_ = static_cast<int>(std::min<std::int64_t>(*limit, 1'000'000));
        auto const left = static_cast<int>(std::min<std::int64_t>(*remaining, 1'000'000));
        remaining_ = same_window ? std::min(remaining_, left) : left;
        reset_ = until;
    }
    if (is_rate_limit(*response)) {
        pause(*response, now);
    } else {
        pauses_ = 0;
    }
}

void Budget::pause(http::Response const& response, WallTime now) {
    auto wish = http::retry_after(response.headers, now);
    if (!wish && number(response, "X-RateLimit-Remaining") == 0 && reset_ > now) {
        wish = std::chrono::ceil<milliseconds>(reset_ - now);
    }
    // "Otherwise, wait for at least one minute before retrying"; longer each time.
    if (!wish) wish = std::chrono::minutes(1) * (1 << std::min(pauses_, 5));
    ++pauses_;
    paused_until_ = std::max(paused_until_, now + std::clamp<milliseconds>(*wish, seconds(1), longest));
}

}  // namespace dayfly::github
