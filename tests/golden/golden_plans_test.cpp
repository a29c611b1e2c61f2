// Golden plans: each folder beside this file is one case, spec.yaml and observed.json, and the plan that they lead to,
// plan.txt. A change of the planner's behaviour shows as a difference of text. UPDATE_GOLDEN=1 in the environment rewrites the
// plans.
//
// observed.json, every field optional:
//   depth            "truth" (default) or "index"
//   converged_on     a merge patch (RFC 7396) to spec.yaml's `spec`, written out with every default: the world then holds
//                    exactly what that spec asked for, started and settled. {} is the spec itself. Without it there is nothing.
//   secret_values    a word for the values of the secrets now; "values-1" (default) are the ones the world converged on
//   presence         "present" or "foreign" for an app that nothing converged on
//   network          of the app; never_attempted, created_by_us, absence_proven, machines_proven: as in fly::Observed
//   machines         by name: null takes the machine away; else {id, state, region, image, metadata, config, host_ok,
//                    changed_behind_us} change it or make a new one; metadata and config are merge patches
//   volumes          by id ("vol_web_0"): null, or {name, state, region, size_gb, attached, created_at}
//   ips, secrets     what the app has instead, as lists of words
//   policy           {full_regions, empty_volumes, own_doubles, seen_in_place}
//   deletion         true: the spec is gone, plan the removal
//   print            "config": write the machines to be made out in full
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "specs/load.h"
#include "tests/golden/plan_lines.h"
#include "tests/golden/world.h"

namespace dayfly::golden {
namespace {

namespace files = std::filesystem;

std::string read(files::path const& path) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path.string());
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<std::string> cases() {
    std::vector<std::string> names;
    for (auto const& entry : files::directory_iterator(files::path(DAYFLY_SOURCE_DIR) / "tests/golden")) {
        if (entry.is_directory()) names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
}

class GoldenPlan : public testing::TestWithParam<std::string> {};

TEST_P(GoldenPlan, IsWhatTheReviewerAgreedTo) {
    auto const folder = files::path(DAYFLY_SOURCE_DIR) / "tests/golden" / GetParam();
    auto const loaded = specs::load(read(folder / "spec.yaml"), "spec.yaml", {});
    ASSERT_TRUE(loaded.problems.empty()) << loaded.problems.front().text();
    ASSERT_EQ(loaded.environments.size(), 1u);
    auto const observed = nlohmann::json::parse(read(folder / "observed.json"));
    auto const world = read_world(loaded.environments.front(), observed);

    auto const plan = world.deletion ? plan::make_deletion_plan(world.desired.key, ownership, world.observed)
                                     : plan::make_plan(world.desired, world.observed, world.policy);
    auto const text = plan_lines(plan, observed.value("print", "") == "config");

    auto const golden = folder / "plan.txt";
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        std::ofstream(golden) << text;
        return;
    }
    ASSERT_TRUE(files::exists(golden)) << "run once with UPDATE_GOLDEN=1 and review " << golden;
    EXPECT_EQ(text, read(golden)) << "if this is what you want, run with UPDATE_GOLDEN=1 and review the difference";
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenPlan, testing::ValuesIn(cases()), [](auto const& info) { return info.param; });

}  // namespace
}  // namespace dayfly::golden
