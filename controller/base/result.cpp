#include "controller/base/result.h"

namespace dayfly {

std::string_view to_string(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::Unauthenticated: return "Unauthenticated";
        case ErrorKind::Forbidden: return "Forbidden";
        case ErrorKind::NotFound: return "NotFound";
        case ErrorKind::NameTaken: return "NameTaken";
        case ErrorKind::InvalidConfig: return "InvalidConfig";
        case ErrorKind::NoCapacity: return "NoCapacity";
        case ErrorKind::QuotaExceeded: return "QuotaExceeded";
        case ErrorKind::ImageNotFound: return "ImageNotFound";
        case ErrorKind::Conflict: return "Conflict";
        case ErrorKind::LeaseHeld: return "LeaseHeld";
        case ErrorKind::NotReadyYet: return "NotReadyYet";
        case ErrorKind::RateLimited: return "RateLimited";
        case ErrorKind::Unavailable: return "Unavailable";
        case ErrorKind::Ambiguous: return "Ambiguous";
        case ErrorKind::Refused: return "Refused";
        case ErrorKind::InvalidInput: return "InvalidInput";
        case ErrorKind::TimedOut: return "TimedOut";
        case ErrorKind::Cancelled: return "Cancelled";
        case ErrorKind::Unknown: break;
    }
    return "Unknown";
}

}  // namespace dayfly
