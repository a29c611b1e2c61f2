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
#include "controller/fly_sim/fault.h"
#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_sim {

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
