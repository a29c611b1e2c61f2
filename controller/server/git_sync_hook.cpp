#include "controller/server/git_sync_hook.h"

#include <string>

namespace dayfly::server {
namespace {

http::Response text(int status, std::string body) {
    http::Response response{.status = status, .body = std::move(body)};
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    return response;
}

}  // namespace

http::Response git_sync_hook(http::Request const& request, std::vector<source::Source*> const& sources) {
    if (request.method != "POST") return text(405, "use POST\n");
    bool found = false;
    for (auto* source : sources) {
        if (!source->name().starts_with("dir:")) continue;
        source->poke();
        found = true;
    }
    // git-sync takes 200 alone for success and calls again after anything else.
    return found ? text(200, "looking\n") : text(404, "this controller reads no directory\n");
}

}  // namespace dayfly::server
