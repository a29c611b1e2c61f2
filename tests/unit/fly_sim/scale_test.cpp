// Ten thousand apps: pages and writes stay cheap. The bounds are generous, so that only a quadratic mistake can break them.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

double micros(std::chrono::steady_clock::time_point since) {
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - since).count();
}

TEST(Scale, TenThousandAppsAreListedInElevenPagesEach) {
    constexpr int count = 10'000;
    Sim sim;
    Json const machine{
        {"name", "web-0"}, {"region", "fra"}, {"config", with(small_config(), {{"metadata", {{"owner", "me"}}}})}};
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
        auto const app = "app-" + std::to_string(i);
        ASSERT_EQ(sim.app(app).status(), 201);
        sim.post("/v1/apps/" + app + "/volumes", {{"name", "data"}, {"region", "fra"}, {"size_gb", 1}});
        ASSERT_EQ(sim.post("/v1/apps/" + app + "/machines", machine).status(), 200);
    }
    auto const write = micros(start) / (3.0 * count);
    start = std::chrono::steady_clock::now();
    sim.pass(1min);
    auto const boot = micros(start) / count;
    for (int round = 0; round < 2; ++round) {
        std::string cursor;
        int pages = 0;
        std::size_t rows = 0;
        double slowest = 0;
        do {
            start = std::chrono::steady_clock::now();
            auto const page = sim.get("/v1/orgs/personal/machines?limit=1000&cursor=" + cursor);
            slowest = std::max(slowest, micros(start));
            auto const json = page.json();
            rows += json["machines"].size();
            cursor = json["next_cursor"];
            ++pages;
        } while (!cursor.empty());
        EXPECT_EQ(rows, static_cast<std::size_t>(count));
        EXPECT_EQ(pages, 10);
        EXPECT_LT(slowest, 500'000) << "one page, in microseconds";
        RecordProperty(round == 0 ? "first_page_us" : "page_us", static_cast<int>(slowest));
        std::printf("          org page %d: %.0f us at most\n", round, slowest);
    }
    std::printf("          write: %.1f us, boot of one machine: %.1f us\n", write, boot);
    EXPECT_LT(write, 2'000) << "one POST, in microseconds";
    EXPECT_EQ(sim.get("/v1/apps?org_slug=personal").json()["total_apps"], count);
}

}  // namespace
}  // namespace dayfly::fly_sim
