// Questions to a running controller over its HTTP API.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "controller/base/result.h"
#include "controller/cli/settings.h"
#include "controller/http/message.h"

namespace dayfly::cli {

/// GET or POST `path` at --server; the answer as it came. Unavailable with a hint when no controller answers.
[[nodiscard]] Result<http::Response> send_to_controller(Settings const& settings, std::string const& method,
                                                        std::string const& path);

/// GET or POST `path` at --server; the parsed answer. Unavailable with a hint when no controller answers; the API's own errors
/// come with their kind.
[[nodiscard]] Result<nlohmann::ordered_json> ask_controller(Settings const& settings, std::string const& method,
                                                            std::string const& path);

/// Blocks the whole (one-shot) program for `time`.
void pause(std::chrono::milliseconds time);

}  // namespace dayfly::cli
