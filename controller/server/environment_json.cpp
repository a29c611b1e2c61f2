// See environment_json.h.
#include "controller/server/environment_json.h"

#include <map>
#include <nlohmann/json.hpp>

#include "controller/base/time_text.h"
#include "specs/render.h"

namespace dayfly::server {
namespace {

using Json = nlohmann::ordered_json;

std::string_view text_of(reconcile::Truth truth) {
    switch (truth) {
        case reconcile::Truth::True: return "True";
        case reconcile::Truth::False: return "False";
        case reconcile::Truth::Unknown: break;
    }
    return "Unknown";
}

Json conditions_json(reconcile::Status const& status) {
    auto list = Json::array();
    for (auto const& condition : status.conditions) {
        list.push_back({{"type", condition.type},
                        {"status", text_of(condition.status)},
                        {"reason", condition.reason},
                        {"message", condition.message},
                        {"observedGeneration", condition.observed_generation},
                        {"lastTransitionTime", rfc3339(condition.last_transition)}});
    }
    return list;
}

Json steps_json(reconcile::Status const& status) {
    auto list = Json::array();
    for (auto const& step : status.steps) {
        Json one{{"name", step.name}, {"state", step.state}};
        if (!step.message.empty()) one["message"] = step.message;
        if (step.started) one["startedAt"] = rfc3339(*step.started);
        if (step.ended) one["endedAt"] = rfc3339(*step.ended);
        if (step.started && step.ended && *step.ended > *step.started) {
            one["seconds"] = std::chrono::duration_cast<std::chrono::seconds>(*step.ended - *step.started).count();
        }
        list.push_back(std::move(one));
    }
    return list;
}

Json resources_json(reconcile::Status const& status) {
    auto list = Json::array();
    for (auto const& resource : status.resources) {
        Json one{{"kind", resource.kind}, {"name", resource.name}, {"id", resource.id}};
        if (!resource.state.empty()) one["state"] = resource.state;
        if (!resource.region.empty()) one["region"] = resource.region;
        list.push_back(std::move(one));
    }
    return list;
}

Json status_json(reconcile::Status const& status) {
    Json json{{"observedGeneration", status.observed_generation},
              {"state", status.state},
              {"app", status.app},
              {"url", status.url},
              {"revision", {{"wanted", status.revision_wanted}, {"running", status.revision_running}}},
              {"conditions", conditions_json(status)},
              {"steps", steps_json(status)},
              {"resources", resources_json(status)},
              {"cost", {{"perHourAwake", status.cost_per_hour}, {"currency", "USD"}}}};
    if (!status.local_url.empty()) json["localUrl"] = status.local_url;
    if (status.last_activity) json["lastActivityTime"] = rfc3339(*status.last_activity);
    if (status.sleeps_at) json["sleepsAt"] = rfc3339(*status.sleeps_at);
    if (status.expires_at) json["expiresAt"] = rfc3339(*status.expires_at);
    if (!status.clock_message.empty()) json["clockMessage"] = status.clock_message;
    if (!status.image_digest.empty()) json["imageDigest"] = status.image_digest;
    if (!status.handled_reconcile_at.empty()) json["lastHandledReconcileAt"] = status.handled_reconcile_at;
    if (status.failure) {
        json["failure"] = {{"code", status.failure->code},
                           {"message", status.failure->message},
                           {"hint", status.failure->hint},
                           {"attempts", status.failure->attempts}};
        if (!status.failure->lines.empty()) json["failure"]["log"] = status.failure->lines;
        if (status.failure->retry_at) json["failure"]["retryAt"] = rfc3339(*status.failure->retry_at);
    }
    auto history = Json::array();
    for (auto const& entry : status.history) {
        history.push_back({{"generation", entry.generation},
                           {"revision", entry.revision},
                           {"appliedAt", rfc3339(entry.applied)},
                           {"outcome", entry.outcome}});
    }
    json["history"] = std::move(history);
    return json;
}

}  // namespace

Json event_json(reconcile::Event const& event) {
    return {{"firstTimestamp", rfc3339(event.first)},
            {"lastTimestamp", rfc3339(event.last)},
            {"count", event.count},
            {"type", event.warning ? "Warning" : "Normal"},
            {"reason", event.reason},
            {"message", event.message}};
}

Json log_json(std::string const& step, reconcile::StageLog const& log, std::uint64_t after) {
    auto lines = Json::array();
    auto const first = log.total - log.lines.size();
    for (std::size_t at = 0; at < log.lines.size(); ++at) {
        if (first + at >= after) lines.push_back(log.lines[at]);
    }
    return {{"step", step}, {"lines", std::move(lines)}, {"next", std::to_string(log.total)}};
}

Json log_json(fly::LogPage const& page) {
    auto lines = Json::array();
    for (auto const& line : page.lines) lines.push_back(line.message);
    return {{"step", "app"}, {"lines", std::move(lines)}, {"next", page.next_token}};
}

Json environment_json(reconcile::Environment const& environment) {
    Json json{{"apiVersion", "dayfly.dev/v1alpha1"}, {"kind", "PreviewEnvironment"}};
    if (environment.spec) {
        json = specs::to_json(*environment.spec);
    } else {
        json["metadata"] = {{"name", environment.key.name}, {"namespace", environment.key.namespace_}};
    }
    json["metadata"]["generation"] = environment.generation;
    json["metadata"]["creationTimestamp"] = rfc3339(environment.status.created);
    if (environment.removing) json["metadata"]["deleting"] = true;
    json["status"] = status_json(environment.status);
    return json;
}

Json list_json(std::map<specs::Key, reconcile::Environment> const& environments) {
    auto items = Json::array();
    for (auto const& [key, environment] : environments) items.push_back(environment_json(environment));
    return {{"apiVersion", "dayfly.dev/v1alpha1"}, {"kind", "PreviewEnvironmentList"}, {"items", std::move(items)}};
}

}  // namespace dayfly::server
