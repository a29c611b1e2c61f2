// Ten thousand apps: pages and writes stay cheap. Counted in processor time as a ratio of sizes, so that a busy machine does
// not matter and only a quadratic mistake can break it.
#include <ctime>

#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

struct Cost {
    double write = 0;  ///< processor seconds of making everything
    double pages = 0;  ///< of listing it twice
};

double seconds_since(std::clock_t start) { return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC; }

Cost cost_of(int count) {
    Cost cost;
    Sim sim;
    sim.documented = false;
    Json const machine{
        {"name", "web-0"}, {"region", "fra"}, {"config", with(small_config(), {{"metadata", {{"owner", "me"}}}})}};
    auto start = std::clock();
    for (int i = 0; i < count; ++i) {
        auto const app = "app-" + std::to_string(i);
        EXPECT_EQ(sim.app(app).status(), 201);
        sim.post("/v1/apps/" + app + "/volumes", {{"name", "data"}, {"region", "fra"}, {"size_gb", 1}});
        EXPECT_EQ(sim.post("/v1/apps/" + app + "/machines", machine).status(), 200);
    }
    cost.write = seconds_since(start);
    sim.pass(1min);
    start = std::clock();
    for (int round = 0; round < 2; ++round) {
        std::string cursor;
        int pages = 0;
        std::size_t rows = 0;
        do {
            auto const json = sim.get("/v1/orgs/personal/machines?limit=1000&cursor=" + cursor).json();
            rows += json["machines"].size();
            cursor = json["next_cursor"];
            ++pages;
        } while (!cursor.empty());
        EXPECT_EQ(rows, static_cast<std::size_t>(count));
        EXPECT_EQ(pages, count / 1000);
    }
    cost.pages = seconds_since(start);
    EXPECT_EQ(sim.get("/v1/apps?org_slug=personal").json()["total_apps"], count);
    return cost;
}

TEST(Scale, TenTimesTheAppsCostAboutTenTimesTheWork) {
    auto const small = cost_of(1'000);
    auto const large = cost_of(10'000);
    EXPECT_LT(large.write, 40 * small.write);
    EXPECT_LT(large.pages, 40 * small.pages);
}

}  // namespace
}  // namespace dayfly::fly_sim
