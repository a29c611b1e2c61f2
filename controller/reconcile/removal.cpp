// The pass that takes an environment away, until Fly confirms that nothing is left of it.
#include <algorithm>
#include <charconv>
#include <utility>

#include "controller/plan/marks.h"
#include "controller/reconcile/narrate.h"
#include "controller/reconcile/reconciler.h"

namespace dayfly::reconcile {
namespace {

/// Three looks at the organisation, as they come by default, and the time for which its lists may trail behind.
constexpr seconds lists_should_tell{120};
/// Fly gives no number; a deletion takes it seconds.
constexpr seconds deletion_should_be_done{600};

}  // namespace

Task<Outcome> Reconciler::remove(Environment& environment) {
    if (!environment.removal_released) co_return Waiting{"the delete guard", std::nullopt};
    if (auto const since = fleet_.deleting_since(environment.app)) co_return co_await confirm_removal(environment, *since);
    if (!environment.tombstone.empty()) co_return co_await empty_out(environment);
    auto observed = fleet_.observe(environment.app);
    auto plan = deletion_of(environment, observed);
    if (options_.farewell && plan.blocked.empty()) {
        if (!environment.spec && !environment.origin) {
            auto origin = co_await origin_of(environment);
            if (!origin) co_return Failed{std::move(origin.error())};
            environment.origin = std::move(*origin);
        }
        // Before the app is asked what is in it: that answer must be fresh when the app goes.
        co_await options_.farewell(environment.key);
        // It may have been wanted again meanwhile.
        if (!environment.removing || !environment.removal_released) co_return Progressed{};
        observed = fleet_.observe(environment.app);
        plan = deletion_of(environment, observed);
    }
    if (!plan.needs_look.empty()) {
        // What is going to be deleted waits for its turn here, not in front of Fly, where it would keep others from working.
        auto const turn = gate_.deletion_turn(environment.app);
        if (turn > clock_.now()) co_return Waiting{"its turn: Fly allows 100 deletions a minute", turn};
    }
    auto outcome = co_await remove_now(environment, std::move(observed), std::move(plan));
    gate_.give_up_deletion(environment.app);
    co_return outcome;
}

plan::Plan Reconciler::deletion_of(Environment const& environment, fly::Observed const& observed) const {
    auto const policy = environment.spec ? std::optional(environment.spec->spec.deletion_policy) : std::nullopt;
    return plan::make_deletion_plan(environment.key, options_.ownership, observed, policy);
}

Task<Outcome> Reconciler::confirm_removal(Environment& environment, Instant since) {
    // The regular looks at the organisation tell it for nothing. Where they do not, Fly's own 404 is the proof.
    if (fleet_.is_seen_gone(environment.app)) co_return Gone{};
    auto const ask_at = since + lists_should_tell;
    if (clock_.now() < ask_at) co_return Waiting{"Fly to finish the deletion", ask_at};
    auto confirmed = co_await fleet_.confirm_gone(environment.app);
    if (!confirmed) co_return Failed{std::move(confirmed.error())};
    if (*confirmed) co_return Gone{};
    if (clock_.now() - since < deletion_should_be_done)
        co_return Waiting{"Fly to finish the deletion", clock_.now() + seconds(60)};
    log_.warn("still there", {{"env", environment.key.text()}, {"app", environment.app}, {"next", "it is deleted again"}});
    fleet_.app_stayed(environment.app);
    co_return Progressed{};
}

Task<Result<std::optional<Origin>>> Reconciler::origin_of(Environment const& environment) {
    auto const is_git = [](fly::ObservedMachine const& machine) {
        return plan::is_commit(plan::mark_of(machine.metadata, plan::revision_key));
    };
    // The lists carry marks and no variables: only what comes from a repository is worth a question.
    if (!std::ranges::any_of(fleet_.observe(environment.app).machines, is_git)) co_return std::nullopt;
    auto const seen = co_await fleet_.look_at_machines(environment.app);
    if (!seen) co_return std::unexpected(seen.error());
    for (auto const& machine : seen->machines) {
        if (!machine.config || !is_git(machine)) continue;
        auto const& variables = machine.config->env;
        auto const repository = variables.find("DAYFLY_REPOSITORY");
        if (repository == variables.end()) continue;
        Origin origin{.repository = repository->second,
                      .pull_request = {},
                      .commit = plan::mark_of(machine.metadata, plan::revision_key)};
        std::int64_t number = 0;
        auto const pull = variables.find("DAYFLY_PR");
        auto const text = pull == variables.end() ? std::string_view() : std::string_view(pull->second);
        if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{}) origin.pull_request = number;
        co_return origin;
    }
    co_return std::nullopt;
}

Task<Outcome> Reconciler::remove_now(Environment& environment, fly::Observed observed, plan::Plan plan) {
    for (int look = 0; look < most_looks && !plan.needs_look.empty(); ++look) {
        log_.debug("look", {{"env", environment.key.text()}, {"why", plan.needs_look}});
        // One question is enough where all that is to be known is whose machines are in it.
        auto seen = look == 0 && !observed.machines.empty() ? co_await fleet_.look_at_machines(environment.app)
                                                            : co_await fleet_.look(environment.app, false);
        if (!seen) co_return Failed{std::move(seen.error())};
        observed = std::move(*seen);
        if (observed.presence == fly::Presence::Absent) co_return Gone{};
        plan = deletion_of(environment, observed);
    }
    if (!plan.needs_look.empty()) co_return Waiting{plan.needs_look, clock_.now() + seconds(10)};
    if (!plan.blocked.empty()) {
        auto const& first = plan.blocked.front();
        if (first.reason == "Orphaned" || first.reason == "Retained") co_return Waiting{first.message, std::nullopt};
        co_return Failed{{.kind = ErrorKind::Refused, .message = first.message}};
    }
    if (plan.stages.empty()) co_return Gone{};
    describe_plan(environment.status, plan, clock_.wall());
    auto outcome = co_await execute(environment, std::move(plan), nullptr);
    if (std::holds_alternative<Progressed>(outcome)) co_return Waiting{"Fly to finish the deletion", clock_.now() + seconds(2)};
    co_return outcome;
}

}  // namespace dayfly::reconcile
