#include "controller/fly_sim/control.h"

#include "controller/base/time_text.h"
#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/option_table.h"

namespace dayfly::fly_sim {
namespace {

Json journal_json(Journal const& journal) {
    auto entries = Json::array();
    for (auto const& entry : journal.entries()) {
        entries.push_back({{"number", entry.number},
                           {"action", entry.action},
                           {"method", entry.method},
                           {"path", entry.path},
                           {"status", entry.status},
                           {"at_ms", std::chrono::duration_cast<milliseconds>(entry.at.time_since_epoch()).count()}});
    }
    return {{"total", journal.total()},
            {"writes", journal.writes()},
            {"counts", journal.counts()},
            {"entries", std::move(entries)}};
}

Answer add_fault(Cloud& cloud, Json const& rule) {
    auto fault = read_fault(rule);
    if (!fault) return problem(400, fault.error());
    return reply(201, {{"number", cloud.faults().add(std::move(*fault))}});
}

Answer change_options(CloudOptions& options, Json const& change) {
    if (!change.is_object()) return problem(400, "expected an object");
    for (auto const& [name, value] : change.items()) {
        if (auto const set = set_option(options, name, value); !set) return problem(400, set.error());
    }
    return reply(200, {{"ok", true}});
}

Answer external(Cloud& cloud, Json const& request) {
    auto result = cloud.external().perform(request);
    if (!result) return problem(400, result.error());
    return reply(200, {{"result", *result}});
}

Answer state_json(Cloud const& cloud) {
    auto shown = cloud.snapshot();
    shown["violations"] = cloud.violations();
    return reply(200, shown);
}

}  // namespace

ControlResult perform_control(Cloud& cloud, http::Request const& request) {
    Exchange const exchange(request);
    auto const what = exchange.method + " " + exchange.path;
    if (exchange.body_is_broken) return {problem(400, "the body is not JSON")};
    if (what == "POST /_sim/faults") return {add_fault(cloud, exchange.body)};
    if (what == "GET /_sim/state") return {state_json(cloud)};
    if (what == "GET /_sim/journal") return {reply(200, journal_json(cloud.journal()))};
    if (what == "POST /_sim/external") return {external(cloud, exchange.body)};
    if (what == "PATCH /_sim/options") return {change_options(cloud.options(), exchange.body)};
    if (what == "DELETE /_sim/faults") {
        cloud.faults().clear();
        return {no_content()};
    }
    if (what == "DELETE /_sim/journal") {
        cloud.reset_journal();
        return {no_content()};
    }
    if (what == "POST /_sim/clock") {
        auto const by = parse_duration(exchange.text("advance"));
        if (!by) return {problem(400, "advance: a duration such as \"1h\"")};
        return {no_content(), std::chrono::duration_cast<Instant::duration>(*by)};
    }
    return {reply_text(404, "404 page not found\n")};
}

}  // namespace dayfly::fly_sim
