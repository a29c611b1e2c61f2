// A plan as people and scripts read it: terraform's symbols grouped by environment, JSON, Markdown, and field by field.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "controller/base/result.h"
#include "controller/plan/plan.h"

namespace dayfly::cli {

/// One environment's plan with what is needed to present it.
struct PlannedEnvironment {
    plan::Plan plan;
    std::string organization;
    std::string region;
    double cost_change_per_hour = 0;  ///< US dollars, awake
    Error const* error = nullptr;     ///< why it could not be planned
};

struct PlanSummary {
    int create = 0;
    int update = 0;
    int replace = 0;
    int remove = 0;
    int blocked = 0;
    double cost_change_per_hour = 0;
    [[nodiscard]] bool changes() const { return create + update + replace + remove > 0; }
};

[[nodiscard]] PlanSummary summarize(std::vector<PlannedEnvironment> const& plans);
[[nodiscard]] std::string plan_text(std::vector<PlannedEnvironment> const& plans);
[[nodiscard]] std::string plan_markdown(std::vector<PlannedEnvironment> const& plans);
[[nodiscard]] nlohmann::ordered_json plan_json(std::vector<PlannedEnvironment> const& plans);
/// Only the fields that differ, one a line.
[[nodiscard]] std::string diff_text(std::vector<PlannedEnvironment> const& plans);

}  // namespace dayfly::cli
