// One rule of what goes wrong: which requests it strikes, and what becomes of them.
#pragma once

#include <string>
#include <vector>

#include "controller/base/clock.h"

namespace dayfly::fly_sim {

enum class FaultKind {
    Latency,         ///< answers correctly, `latency` later
    Status,          ///< answers `status` with `body`; nothing is done
    StatusAfter,     ///< does it, then answers `status` with `body`
    Drop,            ///< the connection ends; nothing is done
    DropAfter,       ///< does it, then the connection ends
    Refuse,          ///< the connection is refused: provably never sent
    Truncate,        ///< does it, then half an answer
    HtmlBadGateway,  ///< 502 with an HTML page; nothing is done
    HtmlBadGatewayAfter,
    RateLimited,   ///< 429, with Retry-After when `latency` is set
    Unauthorised,  ///< 401 "token validation error"
    EmptyList,     ///< lists come back empty (organisation pages keep their next_cursor)
    ErrorRegions,  ///< the organisation's machine list lacks `regions` and says so
    ShortPages,    ///< the organisation's pages have at most `status` rows
};

struct Fault {
    FaultKind kind = FaultKind::Status;
    std::string action = {};  ///< "create_machine"; empty: any, "write"/"read": all of those
    std::string method = {};  ///< empty: any
    std::string path = {};    ///< a regular expression searched in the path; empty: any
    int skip = 0;             ///< lets so many matching requests pass first
    int count = -1;           ///< how often it strikes; -1: always
    double probability = 1;   ///< of striking a matching request, from the seed
    int status = 500;
    std::string body = {};  ///< empty: {"error":"internal server error"}
    milliseconds latency{0};
    std::vector<std::string> regions = {};
};

}  // namespace dayfly::fly_sim
