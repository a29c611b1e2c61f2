// Git over HTTP the way git itself speaks it, as an answer to one request.
#pragma once

#include <filesystem>

#include "controller/http/message.h"

namespace dayfly::test {

/// What `git http-backend` answers for the repositories below `root`. Throws std::runtime_error when that is no answer.
[[nodiscard]] http::Response git_http_backend(std::filesystem::path const& root, http::Request const& request);

}  // namespace dayfly::test
