// See rest_activity.h.
#include "controller/fly_rest/rest_activity.h"

#include <fmt/format.h>

#include "controller/fly_rest/activity_json.h"
#include "controller/fly_rest/ask.h"
#include "controller/http/message.h"

namespace dayfly::fly_rest {
namespace {

fly::Call query_call(std::string const& organization, std::string const& query) {
    auto target = "/prometheus/" + http::percent_encode(organization) + "/api/v1/query?query=" + http::percent_encode(query);
    return {.action = fly::Action::QueryMetrics, .id = organization, .target = std::move(target)};
}

Task<Result<fly::NumberByApp>> ask_numbers(fly::Wire& wire, std::string organization, std::string query) {
    co_return co_await ask_for(wire, query_call(organization, query), Body(), &numbers_by_app_from);
}

}  // namespace

Task<Result<fly::NumberByApp>> RestActivity::requests(std::string organization, std::chrono::seconds window) {
    return ask_numbers(wire_, std::move(organization),
                       fmt::format("sum by (app) (increase(fly_edge_http_responses_count[{}s]))", window.count()));
}

Task<Result<fly::NumberByApp>> RestActivity::concurrency(std::string organization, std::chrono::seconds window) {
    return ask_numbers(wire_, std::move(organization),
                       fmt::format("max by (app) (max_over_time(fly_app_concurrency[{}s]))", window.count()));
}

Task<Result<fly::NumberByApp>> RestActivity::machines_up(std::string organization, std::chrono::seconds window) {
    return ask_numbers(wire_, std::move(organization),
                       fmt::format("sum by (app) (max_over_time(fly_instance_up[{}s]))", window.count()));
}

}  // namespace dayfly::fly_rest
