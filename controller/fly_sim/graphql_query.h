// A GraphQL query as a tree: aliases, arguments with their variables filled in, fragments spelled out.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_sim {

struct Selection {
    std::string name;
    std::string alias;  ///< the key of the answer; equals the name without one
    Json arguments = Json::object();
    std::vector<Selection> fields = {};

    /// An argument as text; empty when missing or of another type.
    [[nodiscard]] std::string text(std::string_view argument) const;
};

struct GraphQlOperation {
    std::string kind;  ///< query or mutation
    std::vector<Selection> fields;
};

/// The first operation of the document; unexpected: the parse error.
[[nodiscard]] std::expected<GraphQlOperation, std::string> parse_graphql(std::string_view document, Json const& variables);

}  // namespace dayfly::fly_sim
