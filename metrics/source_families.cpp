#include "metrics/source_families.h"

namespace dayfly::metrics {
namespace {

Family about(Type type, std::string name, std::string help, std::vector<Dimension> more = {}) {
    Family family{.description = {.type = type, .name = std::move(name), .help = std::move(help)}};
    family.description.labels.push_back({.name = "source", .values = {}, .meaning = "as --source names it"});
    for (auto& dimension : more) family.description.labels.push_back(std::move(dimension));
    return family;
}

}  // namespace

std::vector<Family> source_families(std::map<std::string, SourceReading> const& sources) {
    auto up = about(Type::Gauge, "dayfly_source_up", "1 when the last look at the source gave a snapshot.");
    auto polling = about(Type::Gauge, "dayfly_source_polling", "1 when changes are found at regular intervals only.");
    auto success =
        about(Type::Gauge, "dayfly_source_last_success_timestamp_seconds", "When the source was last read; 0: never.");
    auto change =
        about(Type::Gauge, "dayfly_source_last_change_timestamp_seconds", "When the source last gave something new; 0: never.");
    auto objects = about(Type::Gauge, "dayfly_source_objects", "Objects of the last snapshot, by whether they could be used.",
                         {{"state", {"valid", "invalid", "duplicate"}}});
    auto looks = about(Type::Counter, "dayfly_source_snapshots_total", "Looks at the source by what became of them.",
                       {{"result", {"published", "unchanged", "discarded_race", "rejected_empty", "error"}}});
    auto events = about(Type::Counter, "dayfly_source_watch_events_total", "Hints of changes that arrived.");
    auto overflows = about(Type::Counter, "dayfly_source_watch_overflows_total", "Times that hints of changes were lost.");

    for (auto const& [name, source] : sources) {
        Label const label{"source", name};
        auto const count = [](std::uint64_t value) { return static_cast<double>(value); };
        up.add(source.up ? 1 : 0, {label});
        polling.add(source.polling ? 1 : 0, {label});
        success.add(seconds_since_epoch(source.last_success), {label});
        change.add(seconds_since_epoch(source.last_change), {label});
        objects.add(count(source.valid), {label, {"state", "valid"}});
        objects.add(count(source.invalid), {label, {"state", "invalid"}});
        objects.add(count(source.duplicate), {label, {"state", "duplicate"}});
        looks.add(count(source.published), {label, {"result", "published"}});
        looks.add(count(source.unchanged), {label, {"result", "unchanged"}});
        looks.add(count(source.discarded_race), {label, {"result", "discarded_race"}});
        looks.add(count(source.rejected), {label, {"result", "rejected_empty"}});
        looks.add(count(source.errors), {label, {"result", "error"}});
        events.add(count(source.watch_events), {label});
        overflows.add(count(source.watch_overflows), {label});
    }
    return {up, polling, success, change, objects, looks, events, overflows};
}

}  // namespace dayfly::metrics
