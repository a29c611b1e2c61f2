#include "controller/fly_sim/leases.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "controller/base/time_text.h"
#include "controller/fly_sim/machines.h"

namespace dayfly::fly_sim {
namespace {

constexpr std::int64_t default_ttl = 120;

Json lease_body(State const& state, Machine const& machine) {
    auto const& lease = *machine.lease;
    Json data{{"nonce", lease.nonce},
              {"expires_at", std::chrono::duration_cast<seconds>(lease.expires.time_since_epoch()).count()},
              {"owner", lease.owner},
              {"description", lease.description},
              {"version", machine.instance_id}};
    return state.options.quirks.flat_lease ? data : Json{{"status", "success"}, {"data", std::move(data)}};
}

std::int64_t wanted_ttl(Exchange const& exchange) {
    if (auto const text = exchange.param("ttl")) {
        std::int64_t ttl = 0;
        std::from_chars(text->data(), text->data() + text->size(), ttl);
        return ttl > 0 ? ttl : default_ttl;
    }
    return exchange.number("ttl").value_or(default_ttl);
}

bool is_held(State const& state, Machine const& machine) { return machine.lease && machine.lease->expires > state.wall; }

}  // namespace

std::optional<Answer> refuse_for_lease(State const& state, Machine const& machine, std::string const& nonce) {
    if (!is_held(state, machine) || machine.lease->nonce == nonce) return std::nullopt;
    return problem(409, fmt::format("{}machine ID {} lease currently held by {}, expires at {}",
                                    state.options.quirks.lease_prefix ? "aborted: " : "", machine.id, machine.lease->owner,
                                    rfc3339(machine.lease->expires)));
}

Lease& hold_lease(State& state, Machine& machine, std::chrono::seconds ttl, std::string const& description) {
    if (!is_held(state, machine)) {
        machine.lease = Lease{.nonce = state.ids.nonce(), .owner = state.options.user, .description = description};
    }
    machine.lease->expires = state.wall + ttl;
    return *machine.lease;
}

Outcome acquire_lease(State& state, Exchange const& exchange) {
    auto const found = find_writable_machine(state, exchange);
    if (!found) return found.error();
    auto& machine = *found->machine;
    if (machine.gone()) return problem(404, "machine not found");
    hold_lease(state, machine, seconds(std::min<std::int64_t>(wanted_ttl(exchange), 24 * 3600)), exchange.text("description"));
    return reply(201, lease_body(state, machine));
}

Outcome get_lease(State& state, Exchange const& exchange) {
    auto const found = find_machine(state, exchange);
    if (!found) return found.error();
    if (!is_held(state, *found->machine)) return problem(404, "lease not found");
    return reply(200, lease_body(state, *found->machine));
}

Outcome release_lease(State& state, Exchange const& exchange) {
    auto const found = find_machine(state, exchange);
    if (!found) return found.error();
    auto& machine = *found->machine;
    if (!is_held(state, machine)) return problem(404, "lease not found");
    if (auto refusal = refuse_for_lease(state, machine, exchange.nonce)) return std::move(*refusal);
    machine.lease.reset();
    return reply(200, {{"status", "success"}, {"data", {{"ok", true}}}});
}

}  // namespace dayfly::fly_sim
