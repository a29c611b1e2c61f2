// See json_write.h.
#include "controller/fly_rest/json_write.h"

namespace dayfly::fly_rest {

std::optional<std::string> write_json(Body const& body) {
    try {
        return body.dump();
    } catch (Body::type_error const&) {  // the library's only way to say "not UTF-8"
        return std::nullopt;
    }
}

}  // namespace dayfly::fly_rest
