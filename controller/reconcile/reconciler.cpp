// See reconciler.h. The removal is in removal.cpp, expiry in expire.cpp.
#include "controller/reconcile/reconciler.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/base/digest.h"
#include "controller/base/parallel.h"
#include "controller/fly/answer.h"
#include "controller/plan/marks.h"
#include "controller/reconcile/boot_status.h"
#include "controller/reconcile/lost_create.h"
#include "controller/reconcile/narrate.h"

namespace dayfly::reconcile {
namespace {

/// So many answers in a row that a machine's host has no room are no coincidence.
constexpr unsigned full_for_good = 2;

bool has_untried_region(Environment const& environment) {
    auto const untried = [&](std::string const& region) { return !environment.full_regions.contains(region); };
    auto const& spec = environment.spec->spec;
    return untried(spec.region) || std::ranges::any_of(spec.fallback_regions, untried);
}

}  // namespace

Reconciler::Reconciler(fleet::Fleet& fleet, Gate& gate, SecretSource& secrets, Clock& clock, Log& log,
                       ReconcilerOptions options, std::function<void(specs::Key const&, Awaited)> await,
                       std::function<bool()> stopping)
    : fleet_(fleet),
      gate_(gate),
      secrets_(secrets),
      clock_(clock),
      log_(log),
      options_(std::move(options)),
      await_(std::move(await)),
      stopping_(std::move(stopping)) {}

Task<Outcome> Reconciler::reconcile(Environment& environment) {
    if (!environment.hold.empty()) co_return Waiting{environment.hold, std::nullopt};
    if (environment.removing) co_return co_await remove(environment);
    if (environment.ending) co_return Waiting{environment.ending->message, std::nullopt};
    if (fleet_.is_deleting(environment.app)) {
        // The object came back while its old app is on the way out: that one has to be gone first.
        auto confirmed = co_await fleet_.confirm_gone(environment.app);
        if (!confirmed) co_return Failed{std::move(confirmed.error())};
        if (!*confirmed) co_return Waiting{"the old app to be gone", clock_.now() + seconds(2)};
    }
    co_return co_await converge(environment);
}

plan::Revision Reconciler::revision_of(Environment const& environment) const {
    auto const& git = environment.spec->spec.git;
    if (!git) return {};
    if (environment.revision) return *environment.revision;
    // The host did not tell yet: what runs stays as it is. A pinned commit is its own answer.
    auto running = plan::running_revision(fleet_.observe(environment.app), options_.ownership.owner);
    if (!git->commit.empty()) running.commit = git->commit;
    // Nobody looked where it comes from, as in a one-shot command: it may be a fork's.
    if (git->pull_request && running.commit.empty()) running.fork = true;
    return running;
}

Result<plan::Desired> Reconciler::wish(Environment& environment, SecretValues& secrets) {
    auto const& spec = *environment.spec;
    auto revision = revision_of(environment);
    revision.github = options_.github;
    auto const& organization = spec.spec.fly.organization;
    if (!organization.empty() && organization != options_.ownership.organization) {
        return failure(ErrorKind::InvalidConfig,
                       fmt::format("spec.fly.organization is {}, this controller works in {}", organization,
                                   options_.ownership.organization),
                       "Run one controller per organisation (--org), or leave the field out.");
    }
    if (auto const names = plan::allowed_secrets(spec.spec, revision); !names.empty()) {
        auto values = secrets_.resolve(spec.spec, names);
        if (!values) return std::unexpected(std::move(values.error()));
        secrets = std::move(*values);
        std::string text;
        for (auto const& [name, value] : secrets)
            text += fmt::format("{}:{}:{}\n", name, value.reveal().size(), value.reveal());
        auto fingerprint = sha256_hex(text);
        if (fingerprint != environment.secrets_fingerprint) {
            environment.secrets_fingerprint = std::move(fingerprint);
            environment.secrets_digest = digest_of(secrets, environment.app);
        }
    } else {
        environment.secrets_digest.clear();
    }
    auto desired = plan::desired_state(spec, options_.ownership, environment.secrets_digest, revision);
    desired.suspend = desired.suspend || environment.paused;
    return desired;
}

Task<Result<fly::Observed>> Reconciler::observe(Environment& environment, bool with_certificates) {
    if (!environment.look_first) co_return fleet_.observe(environment.app);
    auto seen = co_await fleet_.look(environment.app, with_certificates);
    if (seen) environment.look_first = false;
    co_return seen;
}

plan::PlanPolicy Reconciler::memory_of(Environment& environment, plan::Desired const& desired,
                                       fly::Observed const& observed) const {
    auto const now = clock_.now();
    std::erase_if(environment.full_hosts, [&](auto const& entry) {
        return std::ranges::find(observed.machines, entry.first, &fly::ObservedMachine::id) == observed.machines.end();
    });
    std::erase_if(environment.full_regions, [&](auto const& entry) { return now - entry.second >= options_.region_memory; });
    plan::PlanPolicy memory{
        .rest = environment.rest,
        .by_hand = environment.rest_by_hand,
        .retry = environment.retry,
        .empty_volumes = environment.empty_volumes,
        .own_doubles = environment.lost_creates.empty()
                           ? std::set<std::string>{}
                           : own_doubles(environment.lost_creates, observed.volumes, fleet_.made_volumes(environment.app)),
        .secrets_set = environment.secrets_set,
        .seen_in_place = environment.seen_in_place == plan::fingerprint(desired)};
    for (auto const& [region, since] : environment.full_regions) memory.full_regions.insert(region);
    for (auto const& [id, times] : environment.full_hosts) {
        if (times >= full_for_good) memory.full_hosts.insert(id);
    }
    return memory;
}

Task<Result<plan::Plan>> Reconciler::preview(Environment& environment) {
    SecretValues secrets;
    auto desired = wish(environment, secrets);
    if (!desired) co_return std::unexpected(std::move(desired.error()));
    auto observed = fleet_.observe(environment.app);
    if (!observed.never_attempted) {
        auto seen = co_await fleet_.look(environment.app, true);
        if (!seen) co_return std::unexpected(std::move(seen.error()));
        observed = std::move(*seen);
        // Nothing is made here: what a second look would have to prove before is shown as if it agreed.
        observed.absence_proven = true;
    }
    co_return plan::make_plan(*desired, observed, memory_of(environment, *desired, observed));
}

Task<Outcome> Reconciler::converge(Environment& environment) {
    // Whoever follows may also say that the machine is to find the commit itself: a revision without one.
    bool const untold = !environment.revision && revision_of(environment).commit.empty();
    if (options_.follow && environment.spec->spec.git && untold) {
        set_step(environment.status, "Repository", "Running", "which commit is wanted is not known yet", clock_.wall());
        co_return Waiting{"the repository to tell its commit", std::nullopt};
    }
    SecretValues secrets;
    auto desired = wish(environment, secrets);
    if (!desired) co_return Failed{std::move(desired.error())};
    environment.boots = boots_of(*desired, environment.spec->spec);

    auto observed = co_await observe(environment, !desired->domains.empty());
    if (!observed) co_return Failed{std::move(observed.error())};
    auto plan = plan::make_plan(*desired, *observed, memory_of(environment, *desired, *observed));
    for (int look = 0; look < most_looks && !plan.needs_look.empty(); ++look) {
        log_.debug("look", {{"env", environment.key.text()}, {"why", plan.needs_look}});
        environment.look_first = true;
        // What a first look shows can be a host name that is not wanted any more, and hence a certificate to ask for.
        observed = co_await observe(environment, !desired->domains.empty() || look > 0);
        if (!observed) co_return Failed{std::move(observed.error())};
        plan = plan::make_plan(*desired, *observed, memory_of(environment, *desired, *observed));
    }
    if (auto end = ended(environment, *desired, *observed)) co_return std::move(*end);
    note_drift(environment, *desired, plan);
    describe_wish(environment.status, *desired, clock_.wall());
    describe_plan(environment.status, plan, clock_.wall());
    if (plan.stages.empty()) co_return settle(environment, *desired, plan);

    bool const only_waits = plan.stages.size() == 1 &&
                            std::ranges::all_of(plan.stages.front().steps,
                                                [](plan::Step const& step) { return step.effect == plan::Effect::Wait; });
    if (!only_waits && ++environment.rounds > options_.max_rounds) {
        auto const& step = plan.stages.front().steps.front();
        environment.rounds = 0;
        co_return Failed{{.kind = ErrorKind::Conflict,
                          .message = fmt::format("it does not come to rest: {} {} is planned again and again ({})",
                                                 plan::name_of(step.operation), plan::subject_of(step.operation), step.reason),
                          .hint = "Somebody else may be changing it, or Fly does not keep what was set; see `dayfly diff`."}};
    }
    auto outcome = co_await execute(environment, std::move(plan), &secrets);
    // What Fly refused for being too early changed nothing.
    auto const* failed = std::get_if<Failed>(&outcome);
    if (failed != nullptr && failed->error.kind == ErrorKind::NotReadyYet && environment.rounds > 0) --environment.rounds;
    co_return outcome;
}

Outcome Reconciler::settle(Environment& environment, plan::Desired const& desired, plan::Plan const& plan) {
    environment.rounds = 0;
    environment.retry = false;
    if (plan.waiting_for.empty()) {
        environment.rest = plan::Rest::AsItIs;
        environment.asked_again = false;
    }
    if (!plan.waiting_for.empty()) {
        // The app is asked again then: what is awaited is not in our own memory.
        environment.look_first = true;
        return Waiting{plan.waiting_for, clock_.now() + seconds(10)};
    }
    auto const trouble = std::ranges::find_if_not(plan.blocked, &plan::Blocked::on_purpose);
    if (trouble != plan.blocked.end()) {
        if (is_boot_failure(trouble->reason)) {
            if (!environment.boot_failure) {
                environment.boot_failure = BootFailure{.reason = trouble->reason,
                                                       .message = trouble->message,
                                                       .hint = std::string(boot_failure_hint(trouble->reason))};
            }
            auto const& known = *environment.boot_failure;
            return Failed{{.kind = ErrorKind::InvalidConfig, .message = known.message, .hint = known.hint}};
        }
        auto const kind = trouble->reason == "NameTaken" || trouble->reason == "NotOurs" ? ErrorKind::NameTaken
                          : trouble->reason == "HostUnreachable"                         ? ErrorKind::Unavailable
                                                                                         : ErrorKind::Refused;
        return Failed{{.kind = kind, .message = trouble->message}};
    }
    if (follow_boots(environment)) return Waiting{"the repository to be cloned, installed, built and started", std::nullopt};
    if (auto const unhealthy = health_problem(fleet_.observe(environment.app), desired); !unhealthy.empty()) {
        start_waiting(environment, {}, &desired);
        return Waiting{unhealthy, std::nullopt};
    }
    auto const seen = fleet_.observe(environment.app);
    bool const all_up = std::ranges::all_of(seen.machines, [](auto const& machine) { return machine.state == "started"; });
    if (all_up) environment.start_failure.reset();
    if (environment.start_failure) return Failed{*environment.start_failure};
    fleet_.settled(environment.app);
    if (plan.blocked.empty()) environment.seen_in_place = plan::fingerprint(desired);
    return Settled{.left = plan.blocked};
}

Task<std::vector<Result<void>>> Reconciler::run_stage(Environment& environment, plan::Stage stage,
                                                      SecretValues const* secrets) {
    std::vector<Task<Result<void>>> tasks;
    tasks.reserve(stage.steps.size());
    for (auto& step : stage.steps) {
        tasks.push_back(gate_.perform(std::move(step), {.key = environment.key,
                                                        .ownership = options_.ownership,
                                                        .app = environment.app,
                                                        .removal_released = environment.removal_released,
                                                        .secrets = secrets}));
    }
    return run_all(std::move(tasks));
}

Task<Outcome> Reconciler::execute(Environment& environment, plan::Plan plan, SecretValues const* secrets) {
    auto const generation = environment.generation;
    for (auto& stage : plan.stages) {
        // A newer wish wins over the rest of an older plan.
        if (environment.generation != generation) co_return Progressed{};
        if (stopping_()) co_return Waiting{"the controller is stopping", std::nullopt};
        if (std::holds_alternative<plan::AwaitStarted>(stage.steps.front().operation)) {
            start_waiting(environment, stage, nullptr);
            co_return Waiting{"machines to start", std::nullopt};
        }
        for (auto const& step : stage.steps) begin_step(environment.status, step.operation, clock_.wall());
        auto const began = clock_.now();
        auto const began_wall = clock_.wall();
        if (!environment.first_step_at) environment.first_step_at = began;
        auto const results = co_await run_stage(environment, stage, secrets);
        auto const took = std::chrono::duration_cast<milliseconds>(clock_.now() - began).count();
        std::optional<Error> first_error;
        for (std::size_t i = 0; i < results.size(); ++i) {
            auto const& step = stage.steps[i];
            learn(environment, step, results[i], began_wall);
            end_step(environment.status, step, results[i], clock_.wall());
            log_step(environment, step, results[i], took);
            if (!results[i] && !first_error) first_error = results[i].error();
        }
        if (first_error) co_return Failed{std::move(*first_error)};
    }
    co_return Progressed{};
}

void Reconciler::log_step(Environment const& environment, plan::Step const& step, Result<void> const& result,
                          std::int64_t took_ms) {
    auto const name = std::string(plan::name_of(step.operation));
    auto const subject = plan::subject_of(step.operation);
    auto const env = environment.key.text();
    auto const took = std::to_string(took_ms);
    if (result) {
        log_.info("step", {{"env", env},
                           {"step", name},
                           {"subject", subject.empty() ? environment.app : subject},
                           {"result", "ok"},
                           {"took_ms", took},
                           {"reconcile_id", environment.pass}});
    } else {
        log_.warn("step", {{"env", env},
                           {"step", name},
                           {"subject", subject.empty() ? environment.app : subject},
                           {"result", std::string(to_string(result.error().kind))},
                           {"took_ms", took},
                           {"reconcile_id", environment.pass},
                           {"error", result.error().message}});
    }
}

void Reconciler::note_drift(Environment& environment, plan::Desired const& desired, plan::Plan const& plan) {
    if (environment.seen_in_place != plan::fingerprint(desired)) return;
    auto const now = clock_.now();
    auto const note = [&](std::string_view group) { environment.drift.try_emplace(std::string(group), Drift{.since = now}); };
    for (auto const& stage : plan.stages) {
        for (auto const& step : stage.steps) {
            if (step.effect == plan::Effect::Wait) continue;
            if (step.fields.empty()) note(plan::drift_group(step.operation, {}));
            for (auto const& field : step.fields) note(plan::drift_group(step.operation, field.path));
        }
    }
    for (auto const& blocked : plan.blocked) {
        if (blocked.reason == "DriftMissing") note("missing");
    }
}

void Reconciler::learn(Environment& environment, plan::Step const& step, Result<void> const& result, WallTime sent) {
    auto const* volume = std::get_if<plan::CreateVolume>(&step.operation);
    auto const* machine = std::get_if<plan::CreateMachine>(&step.operation);
    auto const* start = std::get_if<plan::StartMachine>(&step.operation);
    if (std::holds_alternative<plan::CreateApp>(step.operation)) environment.secrets_set.reset();
    if (result && std::holds_alternative<plan::SetSecrets>(step.operation))
        environment.secrets_set = environment.secrets_digest;
    auto const* update = std::get_if<plan::UpdateMachine>(&step.operation);
    if (update != nullptr || start != nullptr) {
        auto const& id = update != nullptr ? update->id : start->id;
        if (result) environment.full_hosts.erase(id);
        if (!result && result.error().kind == ErrorKind::NoCapacity) ++environment.full_hosts[id];
    }
    if (update != nullptr) {
        environment.retry = environment.retry && !result;
        if (update->start_after) {
            environment.rest = plan::Rest::Awake;
            environment.rest_by_hand = false;
        }
    }
    if (!result) {
        if (fly::another_region_may_help(result.error()) && (volume != nullptr || machine != nullptr)) {
            auto& full = environment.full_regions;
            bool const is_news =
                full.insert_or_assign(volume != nullptr ? volume->region : machine->region, clock_.now()).second;
            environment.try_elsewhere = environment.try_elsewhere || (is_news && has_untried_region(environment));
        }
        if (volume != nullptr && (result.error().kind == ErrorKind::Ambiguous || result.error().kind == ErrorKind::TimedOut)) {
            LostCreate lost{.name = volume->volume.name, .known = {}, .sent = sent, .given_up = clock_.wall()};
            for (auto const& seen : fleet_.observe(environment.app).volumes) lost.known.insert(seen.id);
            environment.lost_creates.push_back(std::move(lost));
        }
        return;
    }
    if (volume != nullptr) {
        auto const made = fleet_.made_volumes(environment.app);
        for (auto const& seen : fleet_.observe(environment.app).volumes) {
            if (made.contains(seen.id) && seen.name == volume->volume.name && seen.attached_machine_id.empty())
                environment.empty_volumes.insert(seen.id);
        }
    }
    if (machine != nullptr) {
        for (auto const& seen : fleet_.observe(environment.app).volumes) {
            if (!seen.attached_machine_id.empty()) environment.empty_volumes.erase(seen.id);
        }
    }
}

SecretValues Reconciler::secrets_of(Environment const& environment) const {
    if (!environment.spec) return {};
    return secrets_.resolve(environment.spec->spec, plan::allowed_secrets(environment.spec->spec, revision_of(environment)))
        .value_or(SecretValues{});
}

bool Reconciler::follow_boots(Environment const& environment) {
    plan::Stage stage;
    for (auto const& machine : fleet_.observe(environment.app).machines) {
        if (machine.state != "started" || !boot_of(environment, machine)) continue;
        stage.steps.push_back({.operation = plan::AwaitStarted{.name = machine.name, .id = machine.id, .version = {}}});
    }
    start_waiting(environment, stage, nullptr);
    return !stage.steps.empty();
}

void Reconciler::start_waiting(Environment const& environment, plan::Stage const& stage, plan::Desired const* desired) {
    auto const seen = fleet_.observe(environment.app);
    auto const* spec = environment.spec.get();
    bool const health = spec != nullptr && spec->spec.service && spec->spec.service->health;
    auto const wait_for = [&](std::string const& name, std::string const& id) {
        for (auto const& machine : seen.machines) {
            if (id.empty() ? machine.name != name : machine.id != id) continue;
            bool const served = health && machine.name.starts_with("web-");
            await_(environment.key, {.app = environment.app,
                                     .machine = machine.name,
                                     .id = machine.id,
                                     .version = machine.version,
                                     .check_health = served,
                                     .boot = boot_of(environment, machine)});
        }
    };
    for (auto const& step : stage.steps) {
        if (auto const* awaited = std::get_if<plan::AwaitStarted>(&step.operation)) wait_for(awaited->name, awaited->id);
    }
    if (desired != nullptr) {
        for (auto const& machine : desired->machines) {
            if (!machine.config.services.empty()) wait_for(machine.name, {});
        }
    }
}

}  // namespace dayfly::reconcile
