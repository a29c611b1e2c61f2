// `GET /metrics`: reads the state that is mirrored at scrape time, and answers in the format and coding that the client wants.
#include <algorithm>
#include <chrono>

#include "controller/http/accept.h"
#include "controller/http/gzip.h"
#include "controller/server/controller_server.h"
#include "metrics/exposition.h"

namespace dayfly::server {
namespace {

constexpr std::size_t worth_packing_bytes = 1024;

std::string_view header(http::Request const& request, std::string_view name) {
    auto const* value = request.headers.find(name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
}

/// OpenMetrics only for those who ask for it by name: a browser or curl shall see what everything understands.
metrics::Format wanted_format(std::string_view accept) {
    auto const open = http::media_weight(accept, "application/openmetrics-text", "1.0.0");
    return open > http::media_weight(accept, "text/plain", "0.0.4") ? metrics::Format::OpenMetrics : metrics::Format::Text;
}

double seconds(Instant::duration duration) { return std::chrono::duration<double>(duration).count(); }

metrics::SourceReading reading_of(source::SourceStatus const& status, reconcile::SourceObjects const& objects) {
    return {.up = status.up,
            .last_success = status.last_success,
            .last_change = status.last_change,
            .valid = objects.valid,
            .invalid = objects.invalid,
            .duplicate = objects.duplicate,
            .published = status.published,
            .unchanged = status.unchanged,
            .discarded_race = status.discarded_race,
            .rejected = status.rejected,
            .errors = status.errors,
            .watch_events = status.watch_events,
            .watch_overflows = status.watch_overflows,
            .polling = status.polling};
}

}  // namespace

void ControllerServer::read_state() {
    auto const now = clock_.now();
    auto const& queue = controller_.queue();
    metrics_.workers(controller_.workers(), queue.working());
    metrics_.queue_depth(100, queue.depth(reconcile::Priority::Asked, now));
    metrics_.queue_depth(0, queue.depth(reconcile::Priority::Normal, now));
    metrics_.queue_depth(-100, queue.depth(reconcile::Priority::Resync, now));
    auto const oldest = queue.oldest_work();
    metrics_.queue_unfinished(seconds(queue.work_so_far(now)), oldest ? seconds(now - *oldest) : 0.0);

    auto const& held = controller_.held();
    for (std::string_view const reason : {"mass_delete", "source_degraded", "confirm"}) {
        // An empty source is the extreme of a mass delete.
        bool const counts =
            held && (held->verdict.code == reason || (reason == "mass_delete" && held->verdict.code == "source_empty"));
        metrics_.deletes_held(reason, counts ? held->apps.size() : 0);
    }
    auto const refused = std::ranges::count_if(controller_.environments(), [](auto const& entry) {
        auto const& failure = entry.second.status.failure;
        return entry.second.removing && failure && failure->code == to_string(ErrorKind::Refused);
    });
    metrics_.deletes_held("owner_mismatch", static_cast<std::size_t>(refused));

    WallTime last_look{};
    for (auto const* source : sources_) {
        metrics_.set_source(source->name(), reading_of(source->status(), controller_.desired().objects_of(source->name())));
        last_look = std::max(last_look, source->status().last_success);
    }
    metrics_.heartbeat("source", last_look);
}

http::Response ControllerServer::scrape(http::Request const& request) {
    read_state();
    auto const format = wanted_format(header(request, "Accept"));
    http::Response response{.status = 200, .body = metrics::write(metrics_.collect(), format)};
    response.headers.add("Content-Type", std::string(metrics::content_type(format)));
    response.headers.add("Vary", "Accept, Accept-Encoding");
    if (response.body.size() > worth_packing_bytes && http::accepts_encoding(header(request, "Accept-Encoding"), "gzip")) {
        response.body = http::gzip(response.body);
        response.headers.add("Content-Encoding", "gzip");
    }
    return response;
}

}  // namespace dayfly::server
