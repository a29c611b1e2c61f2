// The long poll on a machine's state.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "controller/fly_sim/machine_actions.h"
#include "controller/fly_sim/machine_life.h"
#include "controller/fly_sim/machines.h"

namespace dayfly::fly_sim {
namespace {

/// Between two looks at a command that runs in a machine.
constexpr milliseconds exec_poll{10};

constexpr std::array<std::string_view, 6> waitable{"started", "stopped", "suspended", "destroyed", "failed", "settled"};

bool is_reached(Machine const& machine, std::vector<std::string> const& states) {
    return std::ranges::any_of(states, [&](std::string const& wanted) {
        if (wanted == "settled") return is_settled(machine);
        return wanted == machine.state;
    });
}

bool has_event_after(Machine const& machine, std::string const& event) {
    return event.empty() || (!machine.events.empty() && (*machine.events.back())["id"].get<std::string>() > event);
}

Answer timed_out(std::vector<std::string> const& states, std::string_view current) {
    return problem(408, fmt::format("deadline_exceeded: machine failed to reach desired state, {}, currently {}",
                                    fmt::join(states, ", "), current));
}

}  // namespace

Instant next_look(State const& state, WaitTicket const& ticket, Instant until) {
    if (ticket.exec != nullptr) return std::min(state.now + exec_poll, until);
    auto look = state.now + state.options.timings.wait_poll;
    if (auto const machine = state.machines.find(ticket.machine); machine != state.machines.end() && machine->second.due) {
        look = std::min(look, *machine->second.due);
    }
    return std::min(std::max(look, state.now + milliseconds(1)), until);
}

std::optional<Answer> wait_answer(State& state, WaitTicket const& ticket, Instant until) {
    if (ticket.exec != nullptr) return exec_answer(state, ticket, until);
    auto const found = state.machines.find(ticket.machine);
    if (found == state.machines.end()) {
        // Reaped while somebody waited for it.
        if (std::ranges::find(ticket.states, "destroyed") == ticket.states.end()) return problem(404, "machine not found");
        return reply(200, {{"ok", true}, {"state", "destroyed"}});
    }
    auto const& machine = found->second;
    if (!ticket.version.empty() && ticket.version != machine.instance_id) return timed_out(ticket.states, "replaced");
    if (is_reached(machine, ticket.states) && has_event_after(machine, ticket.from_event)) {
        Json body{{"ok", true}, {"state", machine.state}, {"version", machine.instance_id}};
        if (!machine.events.empty()) body["event_id"] = (*machine.events.back())["id"];
        return reply(200, body);
    }
    // What is destroyed will never be anything else.
    if (machine.gone()) return problem(404, "machine not found");
    if (state.now >= until) return timed_out(ticket.states, machine.state);
    return std::nullopt;
}

Outcome wait_machine(State& state, Exchange const& exchange) {
    auto const text = exchange.param("timeout").value_or("60");
    std::int64_t timeout = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), timeout);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || timeout < 1 || timeout > 60) {
        return problem(400, "invalid_argument: invalid WaitMachineRequest.Timeout: value must be inside range [1s, 1m0s]");
    }
    auto states = exchange.list("state");
    if (states.empty()) states.emplace_back("started");
    for (auto const& wanted : states) {
        if (std::ranges::find(waitable, wanted) == waitable.end()) {
            return problem(400, fmt::format("invalid_argument: unknown machine state '{}'", wanted));
        }
    }
    auto const found = find_machine(state, exchange);
    if (!found) {
        auto const waits_for_end = std::ranges::find(states, "destroyed") != states.end();
        if (found.error().status() == 404 && waits_for_end && state.options.quirks.reaped_machine_wait_is_ok) {
            return reply(200, {{"ok", true}, {"state", "destroyed"}});
        }
        return found.error();
    }
    if (state.now < found->machine->born + state.options.timings.machine_wait_visible) return problem(404, "machine not found");
    auto ticket = std::make_shared<WaitTicket>();
    ticket->app = exchange.app;
    ticket->machine = exchange.id;
    ticket->version = exchange.param("version").value_or(exchange.param("instance_id").value_or(""));
    ticket->states = std::move(states);
    ticket->from_event = exchange.param("from_event_id").value_or("");
    auto const until = state.now + seconds(timeout);
    if (auto answer = wait_answer(state, *ticket, until)) return std::move(*answer);
    auto const recheck = next_look(state, *ticket, until);
    return Pending{.until = until, .recheck = recheck, .ticket = std::move(ticket)};
}

}  // namespace dayfly::fly_sim
