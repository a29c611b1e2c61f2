// See world.h.
#include "tests/simulation/world.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "controller/base/digest.h"
#include "controller/fly_rest/rest_activity.h"
#include "specs/load.h"

namespace dayfly::test {

namespace asio = boost::asio;

struct World::Process {
    static reconcile::ControllerOptions with_clocks(World const& world, fly::ActivityReader& activity) {
        auto options = world.options_.controller;
        if (world.options_.clocks) options.activity = &activity;
        return options;
    }

    World& world;
    Log log;
    Random random;
    reconcile::Observer nobody;
    fly_sim::InProcessWire transport;
    fly_rest::RateLimitedWire wire;
    fly_rest::RestApi api;
    fly_rest::RestActivity activity;
    asio::cancellation_signal stop_signal;
    bool ended = false;
    // The parts below spawn on the context; it is declared before them so that their executors are valid, and destroyed by hand
    // before them so that no frame outlives what it refers to.
    std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
    fleet::Fleet fleet;
    reconcile::Gate gate;
    reconcile::SecretSource secrets;
    reconcile::Controller controller;
    std::shared_ptr<void> beside;

    explicit Process(World& w)
        : world(w),
          log(LogLevel::Debug, LogFormat::Text, [&w](LogLevel, std::string const& line) { w.log_text_ += line + "\n"; }),
          random(w.options_.seed),
          transport(w.cloud_, w.clock_, {.latency = w.options_.latency}),
          wire(w.clock_, transport),
          api(wire),
          activity(wire),
          fleet(api, w.clock_, {.organization = w.options_.controller.ownership.organization}),
          gate(api, fleet, w.clock_,
               {.earliest = [this](fly::Action action, std::size_t ahead) { return wire.earliest(action, ahead); }}),
          secrets(w.options_.secrets,
                  [&w](std::string const& name) -> std::optional<std::string> {
                      auto const found = w.variables_.find(name);
                      return found == w.variables_.end() ? std::nullopt : std::optional(found->second);
                  }),
          controller(context->get_executor(), api, fleet, gate, secrets, w.clock_, random, log,
                     w.options_.observer == nullptr ? nobody : *w.options_.observer, with_clocks(w, activity),
                     w.options_.sources) {
        transport.set_interceptor([&w](fly::Call const& call, fly_sim::Moment moment) {
            auto const verdict = w.interceptor_ ? w.interceptor_(call, moment) : fly_sim::Verdict::Continue;
            if (verdict == fly_sim::Verdict::Die) w.dead_ = true;
            return verdict;
        });
    }

    ~Process() { context.reset(); }
};

World::World(WorldOptions options)
    : options_(std::move(options)), cloud_([&] {
          if (options_.controller.ownership.organization.empty()) options_.controller.ownership.organization = "acme";
          options_.cloud.organisations = {options_.controller.ownership.organization};
          options_.cloud.seed = options_.seed;
          return options_.cloud;
      }()) {}

World::~World() = default;

void World::want_snapshot(source::Snapshot snapshot) {
    auto const name = snapshot.source;
    snapshots_[name] = std::make_shared<source::Snapshot const>(std::move(snapshot));
    if (process_) process_->controller.publish(snapshots_[name], true);
}

void World::want(std::vector<specs::PreviewEnvironment> environments, bool complete) {
    source::Snapshot snapshot;
    snapshot.source = *options_.sources.begin();
    snapshot.complete = complete;
    snapshot.environments = std::move(environments);
    want_snapshot(std::move(snapshot));
}

void World::want_yaml(std::string const& yaml, bool complete) {
    auto loaded = specs::load(yaml, "test.yaml", {});
    for (auto const& problem : loaded.problems) ADD_FAILURE() << problem.text();
    want(std::move(loaded.environments), complete);
}

void World::publish_all(bool changed) {
    for (auto const& [source, snapshot] : snapshots_) process_->controller.publish(snapshot, changed);
}

void World::publish_now() {
    if (process_) publish_all(true);
}

void World::start() {
    dead_ = false;
    process_ = std::make_unique<Process>(*this);
    auto& process = *process_;
    if (snapshots_.empty()) want(std::vector<specs::PreviewEnvironment>{});
    publish_all(true);
    if (beside_) process.beside = beside_(process.context->get_executor(), process.controller, process.log);
    asio::co_spawn(*process.context, process.controller.run(),
                   asio::bind_cancellation_slot(process.stop_signal.slot(), [&process](std::exception_ptr error) {
                       process.ended = true;
                       EXPECT_FALSE(error) << "the controller threw";
                   }));
    asio::co_spawn(
        *process.context,
        [](World& world) -> Task<void> {
            for (;;) {
                co_await world.clock_.sleep_for(world.options_.publish_every);
                world.publish_all(false);
            }
        }(*this),
        asio::detached);
}

void World::kill() { process_.reset(); }

bool World::stop() {
    process_->stop_signal.emit(asio::cancellation_type::all);
    run_until(*process_->context, clock_, std::chrono::minutes(1), [&] { return process_->ended; });
    bool const ended = process_->ended;
    process_.reset();
    return ended;
}

bool World::run(Instant::duration limit, std::function<bool()> const& done) {
    if (!process_) {
        clock_.advance_to(clock_.now() + limit);
        cloud_.advance(clock_.now());
        return done();
    }
    run_until(*process_->context, clock_, limit, [&] { return dead_ || done(); });
    return done();
}

void World::run_for(Instant::duration time) {
    run(time, [] { return false; });
    cloud_.advance(clock_.now());
}

bool World::converge(Instant::duration limit) {
    return run(limit, [this] { return process_->controller.all_ready() && process_->controller.all_settled(); });
}

bool World::until_gone(Instant::duration limit) {
    return run(limit, [this] { return process_->controller.environments().empty() && apps().empty(); });
}

reconcile::Controller& World::controller() { return process_->controller; }
fleet::Fleet& World::fleet() { return process_->fleet; }

reconcile::Environment const* World::environment(std::string const& name) {
    auto const& all = process_->controller.environments();
    auto const found = all.find({.namespace_ = "default", .name = name});
    return found == all.end() ? nullptr : &found->second;
}

nlohmann::json World::apps() const {
    auto state = nlohmann::json::parse(cloud_.snapshot().dump());
    return state.contains("apps") ? state["apps"] : nlohmann::json::object();
}

namespace {

void mask(nlohmann::json& value) {
    static std::set<std::string> const volatile_keys{
        "id",           "instance_id",    "version", "created_at", "updated_at",          "private_ip",
        "zone",         "volume",         "ip",      "address",    "attached_machine_id", "host",
        "events",       "nonce",          "host_id", "versions",   "internal_numeric_id", "network_id",
        "network_cidr", "secrets_version"};
    if (value.is_object()) {
        for (auto it = value.begin(); it != value.end(); ++it) {
            if (it.key() == "secrets" && it->is_object()) {
                // Fly's digests depend on the app's id; the names are what counts.
                for (auto& digest : *it) digest = "*";
            } else if (volatile_keys.contains(it.key()) && !it->is_null()) {
                *it = "*";
            } else {
                mask(*it);
            }
        }
    } else if (value.is_array()) {
        for (auto& one : value) mask(one);
        std::sort(value.begin(), value.end(), [](auto const& a, auto const& b) { return a.dump() < b.dump(); });
    }
}

}  // namespace

std::string World::end_state() const {
    auto state = apps();
    mask(state);
    return state.dump(1);
}

std::string image_yaml(std::string const& name, std::string const& spec) {
    return "---\napiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: " + name +
           " }\nspec:\n  source: { image: \"registry.example/" + name + ":1\" }\n" + spec;
}

}  // namespace dayfly::test
