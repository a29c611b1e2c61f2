// Fly's words for the kinds of addresses.
#include "controller/fly/types.h"

namespace dayfly::fly {

std::string_view to_string(IpType type) {
    switch (type) {
        case IpType::V4: return "v4";
        case IpType::V6: return "v6";
        case IpType::SharedV4: return "shared_v4";
        case IpType::PrivateV6: return "private_v6";
    }
    return "v6";
}

}  // namespace dayfly::fly
