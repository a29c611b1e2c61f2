#include "metrics/source_families.h"

#include <chrono>

#include "metrics/families.h"

namespace dayfly::metrics {
namespace {

double seconds_since_epoch(WallTime time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

}  // namespace

std::vector<prometheus::MetricFamily> source_families(std::map<std::string, SourceReading> const& sources) {
    auto up = ReadFamily::gauge("dayfly_source_up", "1 when the last look at the source gave a snapshot.");
    auto polling = ReadFamily::gauge("dayfly_source_polling", "1 when changes are found at regular intervals only.");
    auto success = ReadFamily::gauge("dayfly_source_last_success_timestamp_seconds", "When the source was last read.");
    auto change = ReadFamily::gauge("dayfly_source_last_change_timestamp_seconds", "When the source last gave something new.");
    auto objects = ReadFamily::gauge("dayfly_source_objects", "Objects of the last snapshot, by whether they could be used.");
    auto looks = ReadFamily::counter("dayfly_source_snapshots_total", "Looks at the source by what became of them.");
    auto events = ReadFamily::counter("dayfly_source_watch_events_total", "Hints of changes that arrived.");
    auto overflows = ReadFamily::counter("dayfly_source_watch_overflows_total", "Times that hints of changes were lost.");

    for (auto const& [name, source] : sources) {
        Label const label{"source", name};
        auto const count = [](std::uint64_t value) { return static_cast<double>(value); };
        up.add(source.up ? 1 : 0, {label});
        polling.add(source.polling ? 1 : 0, {label});
        success.add(seconds_since_epoch(source.last_success), {label});
        change.add(seconds_since_epoch(source.last_change), {label});
        objects.add(count(source.valid), {label, {"state", "valid"}});
        objects.add(count(source.invalid), {label, {"state", "invalid"}});
        looks.add(count(source.published), {label, {"result", "published"}});
        looks.add(count(source.unchanged), {label, {"result", "unchanged"}});
        looks.add(count(source.discarded_race), {label, {"result", "discarded_race"}});
        looks.add(count(source.rejected), {label, {"result", "rejected_empty"}});
        looks.add(count(source.errors), {label, {"result", "error"}});
        events.add(count(source.watch_events), {label});
        overflows.add(count(source.watch_overflows), {label});
    }
    std::vector<prometheus::MetricFamily> families;
    for (auto* family : {&up, &polling, &success, &change, &objects, &looks, &events, &overflows}) {
        families.push_back(family->take());
    }
    return families;
}

}  // namespace dayfly::metrics
