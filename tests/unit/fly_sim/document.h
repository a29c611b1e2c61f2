// Fly's own OpenAPI document as far as the simulator goes: which answers fit it, and where measured behaviour differs.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_sim {

class Document {
public:
    /// Read once.
    static Document const& fly();

    /// "GET /v1/apps/{app_name}"; empty when the document has no such operation.
    [[nodiscard]] std::string operation(std::string const& method, std::string const& target) const;
    [[nodiscard]] Json const& operations() const { return document_["operations"]; }
    /// Where the answer of an operation does not fit its schema: "Volume.id: integer instead of string".
    [[nodiscard]] std::set<std::string> deviations(std::string const& operation, Answer const& answer) const;
    /// Those that are known, with their reasons.
    [[nodiscard]] static std::map<std::string, std::string> const& exceptions();

private:
    Document();
    void inspect(Json const& schema, Json const& value, std::string const& place, std::set<std::string>& found) const;
    [[nodiscard]] Json properties_of(Json const& schema) const;

    Json document_;
};

}  // namespace dayfly::fly_sim
