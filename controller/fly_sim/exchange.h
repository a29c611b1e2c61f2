// One request as the handlers read it: decoded path, query and JSON body. The parsing is the simulator's own, so that a mistake
// in the client's cannot hide behind the same mistake here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_sim {

struct Exchange {
    std::string method;
    std::string path;                                        ///< as sent, without the query
    std::vector<std::string> segments;                       ///< decoded, without empty ones
    std::vector<std::pair<std::string, std::string>> query;  ///< and what a form in the body adds to it
    http::Headers headers;
    Json body;  ///< null without one
    bool body_is_broken = false;
    std::string nonce;  ///< fly-machine-lease-nonce

    // Filled in by the route.
    std::string app;
    std::string id;     ///< machine, volume, secret, address or host name
    std::string extra;  ///< metadata key

    explicit Exchange(http::Request const& request);

    /// The first value; nothing when absent.
    [[nodiscard]] std::optional<std::string> param(std::string_view name) const;
    /// Repeated values, each split at commas.
    [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
    /// Present and neither "false" nor "0".
    [[nodiscard]] bool flag(std::string_view name) const;
    [[nodiscard]] std::string header(std::string_view name) const;

    /// Members of the body; a missing, null or differently typed one reads as the default.
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] bool boolean(std::string_view name, bool otherwise = false) const;
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const;
    /// The member itself, or nullptr when missing or null.
    [[nodiscard]] Json const* member(std::string_view name) const;
};

[[nodiscard]] std::vector<std::string> split(std::string_view text, char at);

}  // namespace dayfly::fly_sim
