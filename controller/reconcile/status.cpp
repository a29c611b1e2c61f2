// See status.h.
#include "controller/reconcile/status.h"

#include <algorithm>
#include <iterator>

#include "controller/fly/sizes.h"

namespace dayfly::reconcile {
namespace {

constexpr std::size_t max_events = 50;

}  // namespace

Condition const* find_condition(Status const& status, std::string_view type) {
    auto const found = std::ranges::find(status.conditions, type, &Condition::type);
    return found == status.conditions.end() ? nullptr : &*found;
}

bool is_ready(Status const& status) {
    auto const* ready = find_condition(status, "Ready");
    return ready != nullptr && ready->status == Truth::True;
}

void set_condition(Status& status, Condition condition, WallTime now) {
    condition.last_transition = now;
    auto const found = std::ranges::find(status.conditions, condition.type, &Condition::type);
    if (found != status.conditions.end()) {
        if (found->status == condition.status) condition.last_transition = found->last_transition;
        *found = std::move(condition);
        return;
    }
    auto const place = condition.type == "Ready" ? status.conditions.begin() : status.conditions.end();
    status.conditions.insert(place, std::move(condition));
}

void remove_condition(Status& status, std::string_view type) {
    std::erase_if(status.conditions, [&](Condition const& condition) { return condition.type == type; });
}

void add_event(Status& status, bool warning, std::string reason, std::string message, WallTime now) {
    if (!status.events.empty() && status.events.front().reason == reason && status.events.front().message == message) {
        ++status.events.front().count;
        status.events.front().last = now;
        return;
    }
    status.events.push_front(
        {.first = now, .last = now, .warning = warning, .reason = std::move(reason), .message = std::move(message)});
    if (status.events.size() > max_events) status.events.pop_back();
}

void set_step(Status& status, std::string_view name, std::string state, std::string message, WallTime now) {
    auto found = std::ranges::find(status.steps, name, &StepStatus::name);
    if (found == status.steps.end()) {
        auto const rank = [](std::string_view step) { return std::ranges::find(step_names, step) - std::begin(step_names); };
        auto const next =
            std::ranges::find_if(status.steps, [&](StepStatus const& one) { return rank(one.name) > rank(name); });
        found = status.steps.insert(next, {.name = std::string(name)});
    }
    if (found->state != state) {
        if (state == "Running" || !found->started) found->started = now;
        if (state == "Running") {
            found->ended.reset();
        } else {
            found->ended = now;
        }
    }
    found->state = std::move(state);
    found->message = std::move(message);
}

std::vector<Resource> resources_of(fly::Observed const& observed) {
    std::vector<Resource> resources;
    if (observed.presence != fly::Presence::Present) return resources;
    resources.push_back({.kind = "app", .name = observed.app.name, .id = observed.app.id, .state = observed.app.status});
    for (auto const& machine : observed.machines) {
        resources.push_back(
            {.kind = "machine", .name = machine.name, .id = machine.id, .state = machine.state, .region = machine.region});
    }
    for (auto const& volume : observed.volumes) {
        resources.push_back(
            {.kind = "volume", .name = volume.name, .id = volume.id, .state = volume.state, .region = volume.region});
    }
    if (observed.ips) {
        for (auto const& ip : *observed.ips) {
            resources.push_back({.kind = "ip",
                                 .name = std::string(fly::to_string(ip.type)),
                                 .id = ip.address,
                                 .state = {},
                                 .region = ip.region});
        }
    }
    return resources;
}

double cost_of(plan::Desired const& desired) {
    double total = 0;
    for (auto const& machine : desired.machines) {
        total += fly::machine_cost_per_hour(machine.config.guest, desired.regions.front());
        if (machine.volume) total += fly::volume_cost_per_hour(machine.volume->size_gb);
    }
    return total;
}

}  // namespace dayfly::reconcile
