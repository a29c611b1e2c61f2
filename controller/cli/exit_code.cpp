// See exit_code.h.
#include "controller/cli/exit_code.h"

#include <cstdio>
#include <string>

#include "controller/fly/error_policy.h"

namespace dayfly::cli {

int exit_code_for(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::Unauthenticated:
        case ErrorKind::Forbidden: return not_allowed;
        case ErrorKind::NotFound: return not_found;
        case ErrorKind::InvalidInput: return invalid_spec;
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

int report(Error const& error) {
    std::fprintf(stderr, "dayfly: %s\n", error.message.c_str());
    if (auto const hint = std::string(fly::hint_for(error)); !hint.empty()) std::fprintf(stderr, "        %s\n", hint.c_str());
    return exit_code_for(error.kind);
}

}  // namespace dayfly::cli
