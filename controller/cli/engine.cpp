// See engine.h. Wires the concrete classes together and does nothing else.
#include "controller/cli/engine.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>
#include <utility>

#include "controller/base/log_sink.h"
#include "controller/fly/answer.h"
#include "controller/fly_local/local_fly.h"
#include "controller/fly_rest/https_wire.h"
#include "controller/fly_rest/observed_wire.h"
#include "controller/fly_rest/rate_limited_wire.h"
#include "controller/fly_rest/rest_activity.h"
#include "controller/fly_rest/rest_api.h"
#include "controller/fly_sim/cloud.h"
#include "controller/fly_sim/in_process_wire.h"
#include "controller/github/hosts.h"
#include "controller/reconcile/secret_source.h"

namespace dayfly::cli {
namespace {

constexpr char simulated_organization[] = "acme-previews";

std::vector<std::string> action_words() {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < fly::action_count; ++i) words.emplace_back(fly::to_string(static_cast<fly::Action>(i)));
    return words;
}

std::string_view code_class_of(Result<fly::Reply> const& reply) {
    if (reply) return metrics::code_class(reply->status);
    return reply.error().kind == ErrorKind::TimedOut ? "timeout" : "conn";
}

std::string_view action_class_of(fly::Action action) {
    if (action == fly::Action::DeleteApp) return "delete";
    return fly::is_write(action) ? "write" : "read";
}

std::optional<std::string> variable(std::string const& name) {
    auto const* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

struct Times {
    std::chrono::seconds resync{};
    std::chrono::seconds audit{};
    std::chrono::seconds start_limit{};
    milliseconds simulator_latency{};
};

Result<Times> times_of(Settings const& settings) {
    Times times;
    for (auto const& [text, flag, target] :
         {std::tuple{&settings.resync, "--resync", &times.resync}, std::tuple{&settings.audit, "--audit", &times.audit},
          std::tuple{&settings.start_limit, "--start-limit", &times.start_limit}}) {
        auto const duration = duration_of(*text, flag);
        if (!duration) return std::unexpected(duration.error());
        *target = std::chrono::ceil<std::chrono::seconds>(*duration);
    }
    if (times.resync < std::chrono::seconds(1)) return failure(ErrorKind::InvalidInput, "--resync: at least 1s");
    auto const latency = duration_of(settings.simulator_latency, "--simulator-latency");
    if (!latency) return std::unexpected(latency.error());
    times.simulator_latency = std::chrono::duration_cast<milliseconds>(*latency);
    return times;
}

Log::Sink counted(Log::Sink sink, metrics::Catalogue& metrics) {
    return [sink = std::move(sink), &metrics](LogLevel level, std::string const& line) {
        metrics.log_message(word_for(level));
        sink(level, line);
    };
}

}  // namespace

struct Engine::Parts {
    SystemClock clock;
    Random random = Random::from_system();
    metrics::Catalogue metrics;
    Log log;
    server::MetricsObserver observer;
    plan::Ownership ownership;
    std::optional<fly_sim::Cloud> cloud;
    fly_sim::CloudTime cloud_time{clock};
    std::unique_ptr<fly_local::LocalFly> local;
    std::unique_ptr<fly::Wire> transport;
    std::unique_ptr<fly_rest::ObservedWire> observed;
    std::unique_ptr<fly_rest::RateLimitedWire> limited;
    std::unique_ptr<fly_rest::RestApi> api;
    std::unique_ptr<fly_rest::RestActivity> activity;
    std::unique_ptr<fleet::Fleet> fleet;
    std::unique_ptr<reconcile::Gate> gate;
    std::unique_ptr<reconcile::SecretSource> secrets;
    std::unique_ptr<reconcile::Controller> controller;
    std::unique_ptr<reconcile::Reconciler> reconciler;

    explicit Parts(Settings const& settings)
        : metrics({.version = DAYFLY_VERSION,
                   .revision = {},
                   .fly_actions = action_words(),
                   .state = {.environments = settings.environment_series}}),
          log(settings.level(), settings.format(), counted(standard_error_sink(settings.format()), metrics)),
          observer(metrics, clock) {}
};

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::make(Settings const& settings, boost::asio::io_context& context,
                                             std::set<std::string> source_names, bool resident) {
    auto const times = times_of(settings);
    if (!times) return std::unexpected(times.error());
    auto const github = settings.github_base();
    if (!github) return std::unexpected(github.error());
    auto parts = std::make_unique<Parts>(settings);
    auto& p = *parts;
    p.ownership = {.organization = settings.organization, .owner = settings.owner};
    if (settings.simulate) {
        if (p.ownership.organization.empty()) p.ownership.organization = simulated_organization;
        fly_sim::CloudOptions options;
        options.organisations = {p.ownership.organization};
        options.any_volume_source = true;
        p.cloud.emplace(std::move(options));
        p.transport = std::make_unique<fly_sim::InProcessWire>(*p.cloud, p.clock,
                                                               fly_sim::InProcessOptions{.latency = times->simulator_latency});
        if (resident && settings.local.runs != fly_local::Runs::None) {
            auto local_options = settings.local.options();
            if (!local_options) return std::unexpected(local_options.error());
            p.local = std::make_unique<fly_local::LocalFly>(context.get_executor(), p.clock, p.log, *p.cloud, p.cloud_time,
                                                            std::move(*local_options));
            if (auto opened = p.local->open(); !opened) return std::unexpected(opened.error());
            p.log.info("previews", {{"url", p.local->url_for("APP")}, {"isolation", p.local->isolation()}});
        }
    } else {
        if (p.ownership.organization.empty()) {
            return failure(ErrorKind::InvalidInput, "no organisation is set",
                           "Give --org SLUG or set FLY_ORG, or try --simulate.");
        }
        auto token = fly_token(settings);
        if (!token) return std::unexpected(token.error());
        std::function<Result<Secret>()> renewed_token;
        if (!settings.token_file.empty()) renewed_token = [settings] { return fly_token(settings); };
        auto endpoints = fly_rest::read_endpoints(settings.machines_url, settings.graphql_url);
        if (!endpoints) return std::unexpected(endpoints.error());
        p.transport = std::make_unique<fly_rest::HttpsWire>(
            p.clock, p.log,
            fly_rest::HttpsWireOptions{.endpoints = *endpoints,
                                       .token = std::move(*token),
                                       .renewed_token = std::move(renewed_token),
                                       .user_agent = fmt::format("dayfly/{}", DAYFLY_VERSION),
                                       .client = {.ca_file = settings.fly_ca_file},
                                       .log_bodies = wants_full_request_log()});
    }
    auto& metrics = p.metrics;
    p.observed = std::make_unique<fly_rest::ObservedWire>(
        p.clock, p.log, *p.transport,
        [&metrics, &clock = p.clock](fly::Call const& call, Result<fly::Reply> const& reply, Instant::duration took) {
            metrics.fly_call(
                fly::to_string(call.action), code_class_of(reply), std::chrono::duration<double>(took).count(),
                {.id = reply ? std::string_view(reply->request_id) : std::string_view(), .answered = clock.wall()});
        },
        [&metrics](std::size_t calls) { metrics.fly_in_flight(calls); });
    p.limited = std::make_unique<fly_rest::RateLimitedWire>(
        p.clock, *p.observed, fly_rest::RateLimits{},
        fly_rest::RateLimitObserver{.waited =
                                        [&metrics](fly::Action action, Instant::duration waited) {
                                            metrics.fly_waited(action_class_of(action),
                                                               std::chrono::duration<double>(waited).count());
                                        },
                                    .denied = [&metrics](fly::Action) { metrics.fly_retried("429"); }});
    p.api = std::make_unique<fly_rest::RestApi>(*p.limited);
    p.activity = std::make_unique<fly_rest::RestActivity>(*p.limited);
    p.fleet = std::make_unique<fleet::Fleet>(*p.api, p.clock, fleet::FleetOptions{.organization = p.ownership.organization});
    p.gate = std::make_unique<reconcile::Gate>(
        *p.api, *p.fleet, p.clock,
        reconcile::GateOptions{.dry_run = settings.dry_run,
                               .max_environments = settings.max_environments,
                               .earliest = [limited = p.limited.get()](fly::Action action, std::size_t ahead) {
                                   return limited->earliest(action, ahead);
                               }});
    reconcile::SecretSourceOptions secrets{
        .directory = settings.secrets_directory,
        .allowed_env = {settings.allowed_secret_env.begin(), settings.allowed_secret_env.end()}};
    // A demonstration must not need anybody's real secrets.
    if (settings.simulate) secrets.stand_in = "simulated";
    p.secrets = std::make_unique<reconcile::SecretSource>(std::move(secrets), variable);
    std::function<std::string(std::string const&)> local_url;
    if (p.local) local_url = [local = p.local.get()](std::string const& app) { return local->url_of(app); };
    p.controller = std::make_unique<reconcile::Controller>(
        context.get_executor(), *p.api, *p.fleet, *p.gate, *p.secrets, p.clock, p.random, p.log, p.observer,
        reconcile::ControllerOptions{
            .ownership = p.ownership,
            .resync = times->resync,
            .audit = times->audit,
            .workers = settings.workers,
            .start_limit = times->start_limit,
            .delete_guard = {.max_count = settings.delete_max_count, .max_percent = settings.delete_max_percent},
            .prune = resident,
            .activity = resident ? p.activity.get() : nullptr,
            .follow = resident,
            .github = github::clone_origin(*github),
            .local_url = local_url},
        std::move(source_names));
    p.reconciler = std::make_unique<reconcile::Reconciler>(
        *p.fleet, *p.gate, *p.secrets, p.clock, p.log,
        reconcile::ReconcilerOptions{.ownership = p.ownership, .github = github::clone_origin(*github)},
        [](specs::Key const&, reconcile::Awaited const&) {}, [] { return false; });
    auto& controller = *p.controller;
    metrics.set_state_reader([&controller] { return server::state_of(controller); });
    return std::unique_ptr<Engine>(new Engine(std::move(parts)));
}

Clock& Engine::clock() { return parts_->clock; }
Log& Engine::log() { return parts_->log; }
metrics::Catalogue& Engine::metrics() { return parts_->metrics; }
fleet::Fleet& Engine::fleet() { return *parts_->fleet; }
reconcile::Controller& Engine::controller() { return *parts_->controller; }
Task<void> Engine::run_simulation() {
    if (parts_->local) co_await parts_->local->run();
}
Random& Engine::random() { return parts_->random; }
reconcile::SecretSource& Engine::secrets() { return *parts_->secrets; }
reconcile::Reconciler& Engine::reconciler() { return *parts_->reconciler; }
plan::Ownership const& Engine::ownership() const { return parts_->ownership; }

}  // namespace dayfly::cli
