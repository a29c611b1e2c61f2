#include "controller/fly_sim/cloud.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/fly_sim/apps.h"
#include "controller/fly_sim/certificates.h"
#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/guesses.h"
#include "controller/fly_sim/logs.h"
#include "controller/fly_sim/machine_actions.h"
#include "controller/fly_sim/machine_life.h"
#include "controller/fly_sim/org_lists.h"
#include "controller/fly_sim/proxy.h"
#include "controller/fly_sim/routes.h"
#include "controller/fly_sim/secrets.h"
#include "controller/fly_sim/tokens.h"
#include "controller/fly_sim/volumes.h"

namespace dayfly::fly_sim {
namespace {

// 2026-11-01T00:00:00Z: what the wall shows at the zero of the monotonic clock until a request tells otherwise.
constexpr std::chrono::seconds first_wall{1'793'491'200};

constexpr std::string_view html_page =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
    "Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

Answer bad_gateway() { return reply_text(502, std::string(html_page), "text/html"); }

Answer fault_answer(Fault const& fault) {
    if (fault.body.empty()) return problem(fault.status, fault.status == 503 ? "service unavailable" : "internal server error");
    return reply_text(fault.status, fault.body, fault.body.starts_with('{') ? "application/json; charset=utf-8" : "text/plain");
}

Answer rate_limited(CloudOptions const& options, std::optional<milliseconds> retry_after) {
    auto answer = guessed(options, "rate_limited");
    if (retry_after) {
        auto const whole = std::chrono::ceil<seconds>(*retry_after).count();
        answer.response.headers.add("retry-after", std::to_string(std::max<std::int64_t>(whole, 1)));
    }
    return answer;
}

Answer dropped() {
    Answer answer;
    answer.response.status = 0;
    answer.response.delivery = http::Delivery::Dropped;
    return answer;
}

/// A list without its rows; an organisation's page was emptied where it was made.
void empty_list(Answer& answer) {
    auto body = answer.json();
    if (body.is_array()) body = Json::array();
    for (auto const* const name : {"apps", "machines", "volumes", "ips", "secrets", "certificates"}) {
        if (body.is_object() && body.contains(name) && body[name].is_array()) body[name] = Json::array();
    }
    if (body.is_object() && body.contains("total_apps")) body["total_apps"] = 0;
    answer.response.body = body.dump();
}

ListDefect defect_of(std::vector<Fault> const& struck) {
    ListDefect defect;
    for (auto const& fault : struck) {
        if (fault.kind == FaultKind::EmptyList) defect.empty = true;
        if (fault.kind == FaultKind::ShortPages) defect.largest_page = static_cast<std::size_t>(std::max(1, fault.status));
        if (fault.kind == FaultKind::ErrorRegions) defect.error_regions = fault.regions;
    }
    return defect;
}

Outcome call_handler(State& state, Exchange const& exchange, Route const& route, std::vector<Fault> const& struck) {
    if (struck.empty()) return route.handler(state, exchange);
    if (route.action == "list_org_machines") return list_org_machines(state, exchange, defect_of(struck));
    if (route.action == "list_org_volumes") return list_org_volumes(state, exchange, defect_of(struck));
    return route.handler(state, exchange);
}

/// What a fault makes of a request that was carried out.
void spoil(Answer& answer, std::vector<Fault> const& struck, bool is_page) {
    for (auto const& fault : struck) {
        switch (fault.kind) {
            case FaultKind::StatusAfter: answer.response = fault_answer(fault).response; return;
            case FaultKind::HtmlBadGatewayAfter: answer.response = bad_gateway().response; return;
            case FaultKind::DropAfter: answer.response = dropped().response; return;
            case FaultKind::Truncate: answer.response.delivery = http::Delivery::Truncated; return;
            case FaultKind::EmptyList:
                if (!is_page && answer.status() == 200) empty_list(answer);
                break;
            default: break;
        }
    }
}

}  // namespace

Cloud::Cloud(CloudOptions options)
    : state_(std::move(options)), faults_(state_.options.seed + 1), journal_(state_.options.journal_length) {
    state_.set_time(Instant{}, WallTime(first_wall));
}

Cloud::~Cloud() = default;

void Cloud::apply(Due const& due) {
    switch (due.step) {
        case Step::MachineStarting:
        case Step::MachineStarted:
        case Step::MachinePrepared:
        case Step::MachineStopped:
        case Step::MachineSuspended:
        case Step::MachineReplaced:
        case Step::MachineFailed:
        case Step::MachineDestroyed:
        case Step::MachineReaped:
        case Step::ChecksPass: apply_machine_step(state_, due); break;
        case Step::VolumeReady:
        case Step::VolumeReleased:
        case Step::VolumePendingDestroy:
        case Step::VolumeGone:
        case Step::SnapshotTaken: apply_volume_step(state_, due); break;
        case Step::AppGone: finish_app_deletion(state_, due.app, due.id); break;
        case Step::NameFree: state_.held_names.erase(due.app); break;
        case Step::CertificateReady: apply_certificate_step(state_, due); break;
        case Step::ProxyLook:
            state_.proxy_looks = false;
            stop_idle_machines(state_);
            plan_proxy_look(state_);
            break;
        case Step::ReplicateMachine:
        case Step::ForgetMachine:
        case Step::ReplicateVolume:
        case Step::ForgetVolume:
        case Step::ReplicateApp:
        case Step::ForgetApp: state_.replicas.apply(due); break;
    }
}

void Cloud::advance(Instant now) {
    plan_proxy_look(state_);
    while (auto due = state_.schedule.take(now)) {
        state_.set_time(due->first);
        apply(due->second);
    }
    state_.set_time(std::max(now, state_.now));
}

void Cloud::finish(Answer& answer, std::vector<Fault> const& struck, std::uint64_t journal_entry) {
    for (auto const& fault : struck) {
        if (fault.kind == FaultKind::Latency) answer.latency += fault.latency;
    }
    journal_.finish(journal_entry, answer.status());
    dress(answer);
}

void Cloud::dress(Answer& answer) {
    answer.response.headers.add("fly-request-id", state_.ids.ulid(state_.wall) + "-" + state_.options.nearest_region);
    answer.response.headers.add("server", "Fly/6dbc66600 (2025-03-04)");
    answer.response.headers.add("via", "1.1 fly.io");
}

std::optional<Answer> Cloud::refuse_before(Exchange const& exchange, Route const& route, std::vector<Fault> const& struck) {
    for (auto const& fault : struck) {
        switch (fault.kind) {
            case FaultKind::Status: return fault_answer(fault);
            case FaultKind::Drop: return dropped();
            case FaultKind::Refuse: {
                auto answer = dropped();
                answer.refused = true;
                return answer;
            }
            case FaultKind::HtmlBadGateway: return bad_gateway();
            case FaultKind::RateLimited:
                return rate_limited(state_.options, fault.latency.count() > 0 ? std::optional(fault.latency) : std::nullopt);
            case FaultKind::Unauthorised: return token_error();
            default: break;
        }
    }
    if (auto refusal = refuse_token(state_.options, exchange, route)) return refusal;
    auto organisation = std::string_view(exchange.app);
    std::string stated;
    if (route.action == "create_app" || route.action == "list_apps") {
        stated = route.action == "list_apps" ? exchange.param("org_slug").value_or("") : exchange.text("org_slug");
        stated = state_.organisation(stated);
        organisation = stated;
    }
    auto const of_organisation = route.pattern.starts_with("v1/orgs/") || !stated.empty();
    auto const wait = rate_limits_.refuse(state_.options.rate_limits,
                                          {.action = route.action,
                                           .app = of_organisation ? std::string_view() : std::string_view(exchange.app),
                                           .machine = route.of_machine ? std::string_view(exchange.id) : std::string_view(),
                                           .organisation = organisation},
                                          state_.now);
    if (wait) return rate_limited(state_.options, state_.options.quirks.retry_after_on_429 ? wait : std::nullopt);
    return std::nullopt;
}

Outcome Cloud::answer(Exchange& exchange, Route const& route, std::vector<Fault> const& struck) {
    if (auto refusal = refuse_before(exchange, route, struck)) return std::move(*refusal);
    auto outcome = call_handler(state_, exchange, route, struck);
    if (auto* const finished = std::get_if<Answer>(&outcome)) spoil(*finished, struck, route.pattern.starts_with("v1/orgs/"));
    return outcome;
}

Outcome Cloud::handle(http::Request const& request, Instant now, WallTime wall) {
    advance(now);
    state_.set_time(state_.now, wall);
    Exchange exchange(request);
    auto const* const route = find_route(exchange);
    if (route == nullptr) {
        auto answer = reply_text(404, "404 page not found\n");
        journal_.finish(journal_.add(state_.now, "unknown", exchange.method != "GET", exchange.method, exchange.path), 404);
        dress(answer);
        return answer;
    }
    auto const entry = journal_.add(state_.now, route->action, route->write, exchange.method, exchange.path);
    auto const struck =
        faults_.empty() ? std::vector<Fault>() : faults_.strike(route->action, route->write, exchange.method, exchange.path);
    auto outcome = answer(exchange, *route, struck);
    if (auto* const pending = std::get_if<Pending>(&outcome)) {
        auto ticket = *pending->ticket;
        ticket.journal_entry = entry;
        ticket.struck = struck;
        pending->ticket = std::make_shared<WaitTicket>(std::move(ticket));
        return outcome;
    }
    auto& finished = std::get<Answer>(outcome);
    finish(finished, struck, entry);
    return outcome;
}

Outcome Cloud::resume(Pending const& pending, Instant now, WallTime wall) {
    advance(now);
    state_.set_time(state_.now, wall);
    auto found = wait_answer(state_, *pending.ticket, pending.until);
    if (!found) {
        return Pending{
            .until = pending.until, .recheck = next_look(state_, *pending.ticket, pending.until), .ticket = pending.ticket};
    }
    spoil(*found, pending.ticket->struck, false);
    finish(*found, pending.ticket->struck, pending.ticket->journal_entry);
    return std::move(*found);
}

void Cloud::attach(Runtime& runtime, Instant now) {
    state_.runtime = &runtime;
    advance(now);
    for (auto& [id, machine] : state_.machines) {
        if (machine.state == "started" && is_run(state_, machine)) enter(state_, machine, "starting", Step::MachineStarted, {});
    }
}

void Cloud::process_exited(std::string const& machine, Exit const& exit, Instant now) {
    advance(now);
    auto const found = state_.machines.find(machine);
    if (found != state_.machines.end() && !found->second.gone()) fly_sim::process_exited(state_, found->second, exit);
}

void Cloud::add_log(std::string const& machine, std::string message, Instant now) {
    advance(now);
    auto const found = state_.machines.find(machine);
    if (found != state_.machines.end()) fly_sim::add_log(state_, found->second, std::move(message));
}

std::optional<std::vector<Backend>> Cloud::backends(std::string const& app) const {
    auto const found = state_.apps.find(app);
    if (found == state_.apps.end() || found->second.deleting) return std::nullopt;
    return backends_of(state_, found->second);
}

void Cloud::checks_seen(std::string const& machine, bool passing, std::string output, Instant now) {
    advance(now);
    auto const found = state_.machines.find(machine);
    if (found == state_.machines.end() || found->second.state != "started") return;
    auto& seen = found->second;
    if (seen.checks_passing == passing && seen.checks_output == output) return;
    seen.checks_passing = passing;
    seen.checks_output = std::move(output);
    state_.replicate(seen);
}

std::optional<std::string> Cloud::secret_value(std::string const& app, std::string const& name) const {
    auto const found = state_.apps.find(app);
    if (found == state_.apps.end()) return std::nullopt;
    auto const secret = found->second.secrets.find(name);
    return secret == found->second.secrets.end() ? std::nullopt : std::optional(secret->second.value);
}

}  // namespace dayfly::fly_sim
