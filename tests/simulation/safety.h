// What the tests of safety share: one Fly, one controller that has settled, and whether anything was deleted.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/simulation/world.h"

namespace dayfly::test {

inline std::string several(int count, std::string const& spec = "") {
    std::string yaml;
    for (int i = 0; i < count; ++i) yaml += image_yaml("env-" + std::to_string(i), spec);
    return yaml;
}

inline std::string only_app(World& world) { return world.apps().begin().key(); }

inline std::string first_machine(World& world, std::string const& app) { return world.apps()[app]["machines"][0]["id"]; }

inline constexpr char with_volume[] = "  volume: { size: 1Gi, mountPath: /data }\n  service: { port: 8080 }\n";

class Safety : public testing::Test {
protected:
    static WorldOptions options() {
        WorldOptions options;
        options.cloud.timings.startable_after = milliseconds(0);
        return options;
    }
    World world;

    explicit Safety(WorldOptions const& how = options()) : world(how) {}

    void begin(std::string const& yaml) {
        world.want_yaml(yaml);
        world.start();
        ASSERT_TRUE(world.converge()) << world.log();
        world.run_for(std::chrono::minutes(2));
        world.cloud().reset_journal();
    }
    void expect_no_delete() {
        EXPECT_EQ(world.cloud().count("delete_app"), 0u) << world.log();
        EXPECT_EQ(world.cloud().count("destroy_machine"), 0u) << world.log();
        EXPECT_EQ(world.cloud().count("delete_volume"), 0u) << world.log();
    }
};

}  // namespace dayfly::test
