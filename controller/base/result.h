// What a failure is and how it travels. Every expected failure of the program is an Error inside a Result; exceptions mean a
// bug.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dayfly {

/// What the caller can do about a failure, never a transport detail. The retry policy and the hint of each kind stand in one
/// table: controller/fly/error_policy.h.
enum class ErrorKind {
    Unauthenticated,  ///< the credentials are missing, wrong or expired
    Forbidden,        ///< the credentials are good but may not do this
    NotFound,         ///< proven absent by the one who would know
    NameTaken,        ///< a globally unique name belongs to somebody else
    InvalidConfig,    ///< the request was understood and refused; repeating it changes nothing
    NoCapacity,       ///< Fly has no room there at the moment
    QuotaExceeded,    ///< a limit of the organisation, or a missing payment method
    ImageNotFound,    ///< the registry does not (yet) have the image
    Conflict,         ///< somebody else changed it first; look again
    LeaseHeld,        ///< somebody else holds the machine's lease
    NotReadyYet,      ///< right request, too early (state transition under way)
    RateLimited,      ///< 429, or our own limiter gave up
    Unavailable,      ///< nothing was done: refused, unreachable, 5xx on a read
    Ambiguous,        ///< a write whose answer never came: it may have happened
    Refused,          ///< one of our own guards or policies said no
    InvalidInput,     ///< what a user gave us is wrong (YAML, flags, files)
    TimedOut,         ///< our own deadline ended a wait
    Cancelled,        ///< the program is shutting down
    Unknown,
};

/// "NoCapacity", as written above.
[[nodiscard]] std::string_view to_string(ErrorKind kind);

struct Error {
    ErrorKind kind = ErrorKind::Unknown;
    std::string message;    ///< what was being done to whom and what came back; never holds a secret
    std::string hint = {};  ///< what a person can do about it; empty: the kind's own hint serves
    std::optional<std::chrono::milliseconds> retry_after = {};  ///< the server's own wish
};

template <class T>
using Result = std::expected<T, Error>;

/// `return failure(ErrorKind::NotFound, "app x");`
[[nodiscard]] inline std::unexpected<Error> failure(ErrorKind kind, std::string message, std::string hint = {}) {
    return std::unexpected(Error{.kind = kind, .message = std::move(message), .hint = std::move(hint)});
}

/// The same error with `context: ` before its message: each layer adds what it was doing to whom.
[[nodiscard]] inline std::unexpected<Error> failure(Error error, std::string_view context) {
    error.message = std::string(context) + ": " + error.message;
    return std::unexpected(std::move(error));
}

}  // namespace dayfly
