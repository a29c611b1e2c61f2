// `-l`: label selectors as Kubernetes writes them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/result.h"

namespace dayfly::cli {

class Selector {
public:
    /// Terms joined by commas, all of which must hold: `a=b`, `a==b`, `a!=b`, `a in (b, c)`, `a notin (b, c)`, `a`, `!a`; the
    /// negative ones hold without the label, too. InvalidInput for anything else.
    [[nodiscard]] static Result<Selector> parse(std::string_view text);

    [[nodiscard]] bool selects(std::map<std::string, std::string> const& labels) const;

private:
    struct Term {
        std::string key;
        bool wanted = true;               ///< else the label must not be there, or have none of the values
        std::vector<std::string> values;  ///< empty: any
    };
    [[nodiscard]] static Result<Term> parse_term(std::string_view text);

    std::vector<Term> terms_;
};

}  // namespace dayfly::cli
