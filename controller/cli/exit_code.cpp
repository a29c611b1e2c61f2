// See exit_code.h.
#include "controller/cli/exit_code.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "controller/base/printable.h"
#include "controller/fly/error_policy.h"

namespace dayfly::cli {

int exit_code_for(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::Unauthenticated:
        case ErrorKind::Forbidden: return not_allowed;
        case ErrorKind::NotFound: return not_found;
        case ErrorKind::InvalidInput: return usage_or_changes;
        case ErrorKind::TimedOut: return timed_out;
        case ErrorKind::NameTaken:
        case ErrorKind::QuotaExceeded:
        case ErrorKind::Refused: return refused;
        case ErrorKind::RateLimited:
        case ErrorKind::Unavailable:
        case ErrorKind::NoCapacity:
        case ErrorKind::NotReadyYet:
        case ErrorKind::LeaseHeld:
        case ErrorKind::Ambiguous: return unavailable;
        case ErrorKind::Cancelled: return interrupted;
        case ErrorKind::InvalidConfig:
        case ErrorKind::ImageNotFound:
        case ErrorKind::Conflict:
        case ErrorKind::Unknown: break;
    }
    return general_failure;
}

int worse_of(int left, int right) {
    static constexpr std::array<int, 8> worst_first{not_allowed, unavailable, refused,         invalid_spec,
                                                    not_found,   timed_out,   general_failure, not_ready};
    auto const rank = [](int code) { return std::ranges::find(worst_first, code) - worst_first.begin(); };
    return rank(left) <= rank(right) ? left : right;
}

std::optional<ErrorKind> error_kind_called(std::string_view name) {
    for (int number = 0; number <= static_cast<int>(ErrorKind::Unknown); ++number) {
        auto const kind = static_cast<ErrorKind>(number);
        if (to_string(kind) == name) return kind;
    }
    return {};
}

int report(Error const& error) {
    std::fprintf(stderr, "dayfly: %s\n", printable(error.message).c_str());
    if (!error.hint.empty()) std::fprintf(stderr, "        %s\n", printable(error.hint).c_str());
    return exit_code_for(error.kind);
}

int report_of_fly(Error const& error) {
    auto with_hint = error;
    with_hint.hint = fly::hint_for(error);
    return report(with_hint);
}

int report_local(Error const& error) {
    int const code = report(error);
    return error.kind == ErrorKind::Unavailable ? general_failure : code;
}

int exit_code_for_spec(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::InvalidInput:
        case ErrorKind::InvalidConfig: return invalid_spec;
        default: return exit_code_for(kind);
    }
}

}  // namespace dayfly::cli
