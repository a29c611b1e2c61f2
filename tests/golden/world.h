// The compact form of observed.json: what Fly shows in a golden case, written as differences from a converged environment.
#pragma once

#include <nlohmann/json.hpp>

#include "controller/fly/observed.h"
#include "controller/plan/plan.h"
#include "specs/environment.h"

namespace dayfly::golden {

struct World {
    plan::Desired desired;
    fly::Observed observed;
    plan::PlanPolicy policy;
    bool deletion = false;  ///< the spec is gone: the deletion plan is wanted
};

inline plan::Ownership const ownership{.organization = "acme", .owner = "default"};

/// The world of one case. Throws std::runtime_error for a file that cannot be understood, so that a typing error is not taken
/// for an empty world. The fields are described in golden_plans_test.cpp.
[[nodiscard]] World read_world(specs::PreviewEnvironment const& environment, nlohmann::json const& observed);

}  // namespace dayfly::golden
