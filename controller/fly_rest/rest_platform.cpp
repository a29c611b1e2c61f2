// RestApi: the platform, the caller, and the audit of the whole organisation.
#include <algorithm>
#include <iterator>

#include "controller/fly_rest/ask.h"
#include "controller/fly_rest/audit_json.h"
#include "controller/fly_rest/config_json.h"
#include "controller/fly_rest/platform_json.h"
#include "controller/fly_rest/rest_api.h"

namespace dayfly::fly_rest {

using fly::Action;

namespace {

constexpr int most_audit_pages = 500;

Task<Result<AuditPage>> audit_page(fly::Wire& wire, std::string organization, std::string cursor) {
    fly::Call call{.action = Action::GraphQlQuery, .id = organization, .method = "POST", .target = "/graphql"};
    auto body = audit_request(organization, cursor);
    auto reply = co_await ask(wire, call, std::move(body));
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    auto const json = Document::parse(reply->body);
    if (!json) co_return std::unexpected(unreadable(call, *reply));
    auto page = audit_page_from(json->root());
    if (!page) co_return failure(std::move(page.error()), "graphql_query " + organization);
    co_return page;
}

}  // namespace

Task<Result<std::vector<fly::Region>>> RestApi::list_regions() {
    fly::Call call{.action = Action::ListRegions, .target = "/v1/platform/regions"};
    co_return co_await ask_for(wire_, std::move(call), Body(), &regions_from);
}

Task<Result<std::vector<fly::Placement>>> RestApi::placements(std::string organization, std::string region, fly::Guest guest,
                                                              int count) {
    fly::Call call{.action = Action::GetPlacements, .id = organization, .method = "POST", .target = "/v1/platform/placements"};
    Body body = {{"org_slug", organization}, {"count", count}, {"compute", to_json(guest)}};
    if (!region.empty()) body["region"] = region;
    co_return co_await ask_for(wire_, std::move(call), std::move(body), &placements_from);
}

Task<Result<std::vector<fly::TokenInfo>>> RestApi::current_token() {
    fly::Call call{.action = Action::CurrentToken, .target = "/v1/tokens/current"};
    co_return co_await ask_for(wire_, std::move(call), Body(), &tokens_from);
}

Task<Result<std::vector<fly::AppAudit>>> RestApi::audit_apps(std::string organization) {
    std::vector<fly::AppAudit> all;
    std::string cursor;
    for (int count = 0; count < most_audit_pages; ++count) {
        auto page = co_await audit_page(wire_, organization, cursor);
        if (!page) co_return std::unexpected(std::move(page.error()));
        std::ranges::move(page->apps, std::back_inserter(all));
        if (page->next_cursor.empty()) co_return all;
        cursor = std::move(page->next_cursor);
    }
    co_return failure(ErrorKind::Unavailable, "graphql_query " + organization + ": the pages do not end");
}

}  // namespace dayfly::fly_rest
