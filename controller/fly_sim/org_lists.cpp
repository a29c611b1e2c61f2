#include "controller/fly_sim/org_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "controller/base/time_text.h"
#include "controller/fly_sim/volumes.h"

namespace dayfly::fly_sim {
namespace {

/// Whole seconds hide the order within a second; the lists show what they sort by.
std::string fine_time(WallTime time) {
    auto const ns = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count() % 1'000'000'000;
    auto text = rfc3339(time);
    text.pop_back();
    return fmt::format("{}.{:09}Z", text, ns);
}

Json overview(Machine const& machine) {
    Json config{{"image", machine.config->value("image", "")}};
    for (auto const* const name : {"guest", "metadata"}) {
        if (machine.config->contains(name)) config[name] = (*machine.config)[name];
    }
    return {{"id", machine.id},
            {"name", machine.name},
            {"app_name", machine.app},
            {"state", machine.state},
            {"region", machine.region},
            {"version", machine.instance_id},
            {"private_ip", machine.private_ip},
            {"created_at", rfc3339(machine.created)},
            {"updated_at", fine_time(machine.updated)},
            {"config", std::move(config)}};
}

Json overview(Volume const& volume) {
    auto shown = volume_json(volume);
    shown["app_name"] = volume.app;
    shown["updated_at"] = fine_time(volume.updated);
    return shown;
}

Json summary(Machine const& machine) {
    auto shown = overview(machine);
    shown.erase("config");
    return shown;
}

Json summary(Volume const& volume) { return overview(volume); }

bool is_deleted(Machine const& machine) { return machine.gone(); }
bool is_deleted(Volume const& volume) { return volume.state == "destroyed"; }

/// "<nanoseconds>.<id>", in hex so that nobody takes it for a time.
std::string cursor_text(WallTime updated, std::string const& id) {
    return fmt::format("{:x}.{}", static_cast<std::uint64_t>(updated.time_since_epoch().count()), id);
}

std::optional<std::pair<WallTime, std::string>> read_cursor(std::string const& text) {
    std::uint64_t count = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), count, 16);
    if (read.ec != std::errc() || read.ptr == text.data() + text.size() || *read.ptr != '.') return std::nullopt;
    return std::pair{WallTime(WallTime::duration(static_cast<WallTime::rep>(count))), std::string(read.ptr + 1)};
}

struct Filter {
    std::vector<std::string> states;
    std::string region;
    bool deleted = false;
    bool brief = false;
    std::vector<std::string> lost_regions;
};

template <class T>
bool passes(T const& thing, Filter const& filter) {
    if (!filter.deleted && is_deleted(thing)) return false;
    if (!filter.states.empty() && std::ranges::find(filter.states, thing.state) == filter.states.end()) return false;
    if (!filter.region.empty() && thing.region != filter.region) return false;
    return std::ranges::find(filter.lost_regions, thing.region) == filter.lost_regions.end();
}

template <class T>
Outcome page(State& state, Exchange const& exchange, std::map<std::string, OrgIndex<T>>& indexes, std::string_view plural,
             std::string_view singular, ListDefect const& defect) {
    auto const organisation = state.organisation(exchange.app);
    if (!state.is_own(organisation)) return problem(404, "organization not found");
    auto& rows = indexes[organisation].rows();
    auto row = rows.begin();
    if (auto const cursor = exchange.param("cursor"); cursor && !cursor->empty()) {
        auto const place = read_cursor(*cursor);
        if (!place) return problem(400, "invalid_argument: invalid cursor");
        row = rows.upper_bound(*place);
    } else if (auto const after = exchange.param("updated_after"); after && !after->empty()) {
        auto const time = parse_rfc3339(*after);
        if (!time) return problem(400, "invalid_argument: invalid updated_after");
        row = rows.upper_bound({*time, "\x7f"});
    }
    auto limit = state.options.largest_page;
    if (auto const text = exchange.param("limit")) {
        std::size_t wanted = 0;
        std::from_chars(text->data(), text->data() + text->size(), wanted);
        if (wanted > 0) limit = std::min(limit, wanted);
    }
    if (defect.largest_page > 0) limit = std::min(limit, defect.largest_page);
    Filter const filter{.states = exchange.list("state"),
                        .region = exchange.param("region").value_or(""),
                        .deleted = exchange.flag("include_deleted"),
                        .brief = exchange.flag("summary"),
                        .lost_regions = defect.error_regions};

    std::string items;
    std::pair<WallTime, std::string> last{};
    // A page is bounded by the rows looked at, too: with a filter it can be short or empty while more remains.
    for (std::size_t looked = 0; row != rows.end() && looked < limit; ++row, ++looked) {
        last = row->first;
        auto& entry = row->second;
        if (defect.empty || !passes(*entry.thing, filter)) continue;
        if (!items.empty()) items += ',';
        if (filter.brief) {
            items += summary(*entry.thing).dump();
        } else {
            if (entry.text.empty()) entry.text = overview(*entry.thing).dump();
            items += entry.text;
        }
    }
    auto const more = row != rows.end();
    std::string body = fmt::format(R"({{"{}":[{}],"next_cursor":"{}","last_{}_id":"{}","last_updated_at":"{}")", plural, items,
                                   more ? cursor_text(last.first, last.second) : "", singular, last.second,
                                   last.second.empty() ? "" : fine_time(last.first));
    if (plural == "machines") body += ",\"error_regions\":" + Json(defect.error_regions).dump();
    return reply_text(200, body + "}", "application/json; charset=utf-8");
}

}  // namespace

Outcome list_org_machines(State& state, Exchange const& exchange) { return list_org_machines(state, exchange, {}); }
Outcome list_org_volumes(State& state, Exchange const& exchange) { return list_org_volumes(state, exchange, {}); }

Outcome list_org_machines(State& state, Exchange const& exchange, ListDefect const& defect) {
    return page(state, exchange, state.replicas.org_machines, "machines", "machine", defect);
}

Outcome list_org_volumes(State& state, Exchange const& exchange, ListDefect const& defect) {
    return page(state, exchange, state.replicas.org_volumes, "volumes", "volume", defect);
}

}  // namespace dayfly::fly_sim
