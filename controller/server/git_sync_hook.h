// git-sync's webhook, `POST /hooks/git-sync`: a new commit was checked out below a directory source.
#pragma once

#include <vector>

#include "controller/http/message.h"
#include "controller/source/source.h"

namespace dayfly::server {

/// Lets every directory source look now. What the request says is not believed, not even the hash in it: the directory tells.
/// It needs no token for that reason; a flood of calls leads to a look every 50 ms at most, which reads what changed and
/// nothing else. 404 when there is no directory source, so that a git-sync which calls the wrong controller says so in its log;
/// 405 for anything but POST.
[[nodiscard]] http::Response git_sync_hook(http::Request const& request, std::vector<source::Source*> const& sources);

}  // namespace dayfly::server
