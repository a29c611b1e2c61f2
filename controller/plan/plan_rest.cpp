// See planner.h. This part plans sleeping and waking: which machines rest, which of them need a mark for it, and what a request
// that woke one of them means for the others.
#include <fmt/format.h>

#include <algorithm>

#include "controller/plan/marks.h"
#include "controller/plan/planner.h"

namespace dayfly::plan {
namespace {

constexpr int most_memory_to_suspend_mb = 2048;  // Fly docs, "Machine suspend and resume"
constexpr char by_hand[] = "hand";
constexpr char by_clock[] = "idle";

bool is_served(DesiredMachine const& machine) { return !machine.config.services.empty(); }

bool starts_on_request(DesiredMachine const& machine) {
    return std::ranges::any_of(machine.config.services, [](fly::Service const& service) { return service.autostart; });
}

bool is_up(std::string_view state) { return state == "started" || state == "starting"; }

}  // namespace

Rest Planner::rest_wanted() const {
    if (policy_.rest != Rest::AsItIs) return policy_.rest;
    auto const marked = [](auto const& entry) { return !mark_of(entry.second->metadata, asleep_key).empty(); };
    if (std::ranges::none_of(ours_, marked)) return Rest::AsItIs;
    auto const up = [&](DesiredMachine const& machine) {
        auto const found = ours_.find(machine.name);
        return found != ours_.end() && is_up(found->second->state);
    };
    // Requests reach the served machines alone, so they tell: the proxy started one, or nobody wants any of them. Without one,
    // an environment is awake when all of it is.
    bool const awake = std::ranges::any_of(desired_.machines, is_served)
                           ? std::ranges::any_of(desired_.machines, [&](auto const& one) { return is_served(one) && up(one); })
                           : std::ranges::all_of(desired_.machines, up);
    return awake ? Rest::Awake : Rest::Asleep;
}

std::string Planner::rest_mark(DesiredMachine const& machine, fly::ObservedMachine const& existing) const {
    if (policy_.rest == Rest::Asleep && policy_.by_hand) return by_hand;
    if (auto const& mark = mark_of(existing.metadata, asleep_key); !mark.empty()) return mark;
    return starts_on_request(machine) ? std::string{} : by_clock;
}

void Planner::set_rest_mark(fly::ObservedMachine const& existing, std::string const& value, std::string reason) {
    auto const& before = mark_of(existing.metadata, asleep_key);
    if (before == value) return;
    auto& stage = value.empty() ? marks_ : rest_marks_;
    stage.push_back({.operation = SetMetadata{existing.id, existing.name, asleep_key, value},
                     .effect = Effect::Update,
                     .reason = std::move(reason),
                     .fields = {{.path = std::string("metadata.") + asleep_key, .from = before, .to = value}}});
}

void Planner::put_to_sleep(DesiredMachine const& machine, fly::ObservedMachine const& existing) {
    // The mark comes first: a machine that rests without one would be started again as drift.
    if (auto const mark = rest_mark(machine, existing); !mark.empty()) set_rest_mark(existing, mark, "it is put to sleep");
    if (is_resting(existing.state)) return;
    if (existing.state == "stopping" || existing.state == "suspending") {
        wait(fmt::format("machine {} to come to rest", machine.name));
        return;
    }
    if (existing.state != "started") {
        // Fly stops nothing that is on its way up.
        if (existing.state == "failed") return;
        await_.push_back({.operation = AwaitStarted{.name = machine.name, .id = existing.id, .version = existing.version},
                          .effect = Effect::Wait});
        return;
    }
    auto const reason = std::string(policy_.by_hand ? "asked for by hand" : "nobody uses it");
    if (desired_.sleeps_suspended && machine.config.guest.memory_mb <= most_memory_to_suspend_mb) {
        update_.push_back(
            {.operation = SuspendMachine{existing.id, existing.name}, .effect = Effect::Update, .reason = reason});
    } else {
        update_.push_back({.operation = StopMachine{existing.id, existing.name}, .effect = Effect::Update, .reason = reason});
    }
}

bool Planner::wake(DesiredMachine const& machine, fly::ObservedMachine const& existing) {
    auto const marked = !mark_of(existing.metadata, asleep_key).empty();
    if (marked) set_rest_mark(existing, {}, "it is awake");
    // A machine that ended by itself is not one that sleeps, unless a person asks for all of them.
    if (!is_resting(existing.state) || (!marked && policy_.rest != Rest::Awake)) return false;
    if (leaves_full_host(machine, existing)) return true;
    update_.push_back({.operation = StartMachine{existing.id, existing.name},
                       .effect = Effect::Update,
                       .reason = "the environment is awake"});
    await_.push_back({.operation = AwaitStarted{.name = machine.name, .id = existing.id, .version = existing.version},
                      .effect = Effect::Wait});
    return true;
}

bool Planner::leaves_asleep(DesiredMachine const& machine, fly::ObservedMachine const& existing) const {
    if (!is_resting(existing.state) || rest_ == Rest::Awake) return false;
    if (rest_ == Rest::Asleep && policy_.rest == Rest::Asleep) return true;
    auto const& mark = mark_of(existing.metadata, asleep_key);
    if (mark == by_hand) return true;
    if (!machine.may_rest && mark.empty()) return false;
    // What was pushed wants to be seen; anything else can wait until somebody looks.
    return mark_of(existing.metadata, revision_key) == mark_of(machine.config.metadata, revision_key);
}

}  // namespace dayfly::plan
