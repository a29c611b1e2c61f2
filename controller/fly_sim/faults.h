// Failures on purpose: rules that pick requests and say what goes wrong with them.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/random.h"
#include "controller/fly_sim/outcome.h"

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

/// Reads a rule: {"kind":"drop_after","action":"create_machine","count":1,…}; unexpected: what is wrong with it.
[[nodiscard]] std::expected<Fault, std::string> read_fault(Json const& rule);

class Faults {
public:
    explicit Faults(std::uint64_t seed) : random_(seed) {}

    /// Returns the rule's number. A path that is not a regular expression is taken literally.
    std::uint64_t add(Fault fault);
    void remove(std::uint64_t number) { rules_.erase(number); }
    void clear() { rules_.clear(); }
    [[nodiscard]] bool empty() const { return rules_.empty(); }
    /// How often rule `number` has struck.
    [[nodiscard]] std::uint64_t struck(std::uint64_t number) const;

    /// Every fault that strikes this request, oldest rule first; latencies add up, of the others the first one counts.
    [[nodiscard]] std::vector<Fault> strike(std::string_view action, bool write, std::string_view method,
                                            std::string const& path);

private:
    struct Rule {
        Fault fault;
        std::regex path;
    };
    std::map<std::uint64_t, Rule> rules_;
    std::map<std::uint64_t, std::uint64_t> strikes_;
    std::uint64_t numbers_ = 0;
    Random random_;
};

}  // namespace dayfly::fly_sim
