// Worlds in which Fly is as slow and as odd as its documentation allows, drawn from a seed: a create, an update and a removal
// end where they end in a convenient world, without a billable double at any instant, and leave nothing behind.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/world.h"

namespace dayfly::test {
namespace {

/// What Fly may be like. Names in the list of apps stay: without them nothing is proved, and the controller stops.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : random_(seed) {}

    bool coin() { return random_.below(2) == 0; }
    /// Mostly as short as it can be, else anything up to `longest`.
    milliseconds upto(milliseconds longest) { return coin() ? milliseconds(0) : between(milliseconds(0), longest); }
    milliseconds between(milliseconds shortest, milliseconds longest) {
        auto const span = static_cast<std::uint64_t>((longest - shortest).count());
        return shortest + milliseconds(static_cast<std::int64_t>(random_.below(span)));
    }
    template <class T>
    T one_of(std::initializer_list<T> values) {
        return *(values.begin() + random_.below(values.size()));
    }

private:
    Random random_;
};

fly_sim::Timings slow(Chance& chance) {
    using std::chrono::minutes;
    using std::chrono::seconds;
    fly_sim::Timings timings;
    timings.boot = chance.between(seconds(1), seconds(70));
    timings.start = chance.between(milliseconds(100), seconds(10));
    timings.stop = chance.between(milliseconds(100), seconds(10));
    timings.replace = chance.between(seconds(1), seconds(30));
    timings.destroy = chance.between(milliseconds(100), seconds(20));
    timings.startable_after = chance.upto(seconds(10));
    timings.volume_release = chance.upto(minutes(1));
    timings.destroyed_visible = chance.upto(minutes(2));
    timings.app_deletion = chance.upto(minutes(1));
    timings.app_name_reuse = chance.upto(minutes(1));
    timings.app_visible = chance.upto(minutes(1));
    timings.machine_wait_visible = chance.upto(seconds(20));
    timings.list_lag = chance.upto(minutes(1));
    timings.secrets_lag = chance.upto(seconds(20));
    timings.volume_ready = chance.upto(seconds(10));
    timings.checks_pass = chance.upto(seconds(20));
    timings.autostop_look = chance.upto(minutes(5));
    timings.jitter = chance.one_of({0.0, 0.3, 0.5});
    return timings;
}

fly_sim::Quirks odd(Chance& chance) {
    fly_sim::Quirks quirks;
    quirks.retry_after_on_429 = chance.coin();
    quirks.stale_version_status = chance.one_of({409, 412});
    quirks.create_app_answer = chance.one_of({fly_sim::AppAnswer::IdAndTime, fly_sim::AppAnswer::WholeApp});
    quirks.name_taken_status = chance.coin();
    quirks.delete_app_needs_force = chance.coin();
    quirks.echo_restart_object = chance.coin();
    quirks.echo_dns_object = chance.coin();
    quirks.echo_pointer_zeros = chance.coin();
    quirks.start_started_status = chance.one_of({200, 412});
    quirks.idempotency_key = chance.coin();
    quirks.secret_digest = chance.one_of({fly_sim::SecretDigest::Hex16, fly_sim::SecretDigest::Hex32});
    quirks.secret_digest_stable = chance.coin();
    quirks.metadata_needs_lease = chance.coin();
    quirks.graphql_code = chance.one_of<char const*>({"NOT_FOUND", ""});
    quirks.shared_v4_twice_status = chance.one_of({200, 409, 422});
    quirks.invisible_app_status = chance.one_of({401, 404});
    quirks.unmet_secrets_version_waits = chance.coin();
    quirks.nul_holder = chance.coin();
    quirks.skip_launch_stays_created = chance.coin();
    quirks.start_while_replacing_lost = chance.coin();
    quirks.compat_checks = chance.coin();
    quirks.flat_lease = chance.coin();
    quirks.reaped_machine_wait_is_ok = chance.coin();
    quirks.lease_prefix = chance.coin();
    return quirks;
}

WorldOptions inconvenient(std::uint64_t seed) {
    Chance chance(seed);
    WorldOptions options;
    options.seed = seed;
    options.latency = chance.between(milliseconds(1), std::chrono::seconds(2));
    options.cloud.timings = slow(chance);
    options.cloud.quirks = odd(chance);
    options.cloud.rate_limits.organisation_wide = chance.coin();
    if (chance.coin()) options.cloud.guesses["stale_version"].text = "the version is not the current one";
    if (chance.coin()) options.cloud.guesses["shared_v4_twice"].text = "no";
    options.cloud.guesses["delete_app_running"].status = chance.one_of({409, 412, 422});
    return options;
}

/// Two that stay, one of which moves between regions while the other changes and mounts its volume elsewhere, and one that
/// goes.
std::string wishes(std::string const& word, std::string const& region) {
    return image_yaml("stays", "  volume: { size: 1Gi, mountPath: /" + word +
                                   " }\n  secrets: [{ name: TOKEN, from: { env: TOKEN } }]\n"
                                   "  service: { port: 8080 }\n  env: { WORD: " +
                                   word + " }\n") +
           image_yaml("moves", "  service: { port: 8080 }\n  region: " + region + "\n");
}
std::string const goes = image_yaml("goes", "  volume: { size: 1Gi, mountPath: /data }\n  service: { port: 8080 }\n");

/// The world's end without what Fly's own ways of showing it make of it.
std::string end_of(World& world) {
    auto state = nlohmann::json::parse(world.end_state());
    for (auto& app : state) {
        for (auto& machine : app["machines"]) {
            auto& config = machine["config"];
            for (auto const* const name : {"restart", "dns"}) {
                if (config.contains(name) && config[name].empty()) config.erase(name);
            }
            for (auto& service : config["services"]) {
                for (auto const* const name : {"autostart", "min_machines_running"}) {
                    if (service.contains(name) && (service[name] == false || service[name] == 0)) service.erase(name);
                }
            }
        }
    }
    return state.dump(1);
}

bool has_generation(World& world, std::string const& name, std::uint64_t generation) {
    auto const* const environment = world.environment(name);
    return environment != nullptr && environment->status.observed_generation == generation &&
           reconcile::is_ready(environment->status);
}

/// Create, update, removal; what is left in the end.
std::string live(World& world) {
    constexpr std::chrono::minutes patience{60};
    world.variables()["TOKEN"] = "first";
    world.want_yaml(wishes("first", "dfw") + goes);
    world.start();
    EXPECT_TRUE(world.converge(patience)) << "create\n" << world.log();

    world.want_yaml(wishes("second", "ord") + goes);
    EXPECT_TRUE(world.run(patience, [&] { return has_generation(world, "stays", 2) && has_generation(world, "moves", 2); }))
        << "update\n"
        << world.log();

    world.want_yaml(wishes("second", "ord"));
    EXPECT_TRUE(world.run(patience, [&] { return world.environment("goes") == nullptr && world.apps().size() == 2; }))
        << "removal\n"
        << world.log();

    EXPECT_TRUE(world.converge(patience)) << world.log();
    world.run_for(std::chrono::minutes(10));
    world.cloud().reset_journal();
    world.run_for(std::chrono::hours(1));
    EXPECT_EQ(world.cloud().writes(), 0u) << "a settled world is left alone\n" << world.log();
    for (auto const& violation : world.cloud().violations()) ADD_FAILURE() << violation << '\n' << world.log();
    for (auto const& [name, app] : world.apps().items()) EXPECT_EQ(world.cloud().peak_machines(name), 1u) << world.log();
    return end_of(world);
}

class Inconvenient : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Inconvenient, WorldsEndAsTheConvenientOneDoes) {
    World convenient;
    World world(inconvenient(GetParam()));
    EXPECT_EQ(live(world), live(convenient));
}

TEST(StrictLimits, AreNeverMetByAClientThatIsToldOfThem) {
    fly_sim::CloudOptions strict;
    strict.rate_limits.organisation_wide = true;
    strict.rate_limits.graphql_per_second = 1;
    VirtualClock clock;
    fly_sim::Cloud cloud(strict);
    fly_sim::InProcessWire transport(cloud, clock);
    fly_rest::RateLimits limits;
    limits.overall[fly::Action::CreateApp] = limits.each;
    fly_rest::RateLimitedWire wire(clock, transport, limits);
    fly_rest::RestApi api(wire);
    boost::asio::io_context context;
    auto const asked = run_task(context, clock, [](fly::Api& fly) -> Task<int> {
        int answered = 0;
        for (int i = 0; i < 20; ++i) {
            auto const name = "app-" + std::to_string(i);
            answered += (co_await fly.create_app({.name = name, .organization = "personal"})).has_value();
            answered += (co_await fly.list_apps("personal")).has_value();
            answered += (co_await fly.list_org_machines({.organization = "personal"})).has_value();
            answered += (co_await fly.list_regions()).has_value();
            answered += (co_await fly.placements("personal", "fra", {.cpu_kind = "shared", .cpus = 1}, 1)).has_value();
            answered += (co_await fly.current_token()).has_value();
            answered += (co_await fly.audit_apps("personal")).has_value();
        }
        co_return answered;
    }(api));
    EXPECT_EQ(asked, 7 * 20);
    EXPECT_EQ(wire.denials(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Inconvenient, testing::Range<std::uint64_t>(1, 31));

}  // namespace
}  // namespace dayfly::test
