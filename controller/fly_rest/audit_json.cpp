// Writes the audit query and reads its pages.
#include "controller/fly_rest/audit_json.h"

#include "controller/fly/error_text.h"
#include "controller/fly_rest/app_json.h"

namespace dayfly::fly_rest {
namespace {

constexpr char const* query =
    "query($slug: String!, $after: String) { organization(slug: $slug) { apps(first: 200, after: $after) { "
    "pageInfo { hasNextPage endCursor } "
    "nodes { name sharedIpAddress ipAddresses { nodes { address type region } } secrets { name digest } } } } }";

constexpr std::size_t longest_text = 300;

/// GraphQL's codes are not documented, so the message decides as well.
ErrorKind kind_of(std::string_view message, std::string_view code) {
    if (code == "UNAUTHORIZED" || fly::mentions(message, "must be authenticated") ||
        fly::mentions(message, "not authenticated")) {
        return ErrorKind::Unauthenticated;
    }
    if (code == "FORBIDDEN" || fly::mentions(message, "not authorized") || fly::mentions(message, "unauthorized")) {
        return ErrorKind::Forbidden;
    }
    if (code == "NOT_FOUND" || fly::mentions(message, "could not find")) return ErrorKind::NotFound;
    return ErrorKind::Unavailable;
}

std::optional<Error> error_in(Json answer) {
    bool ignored = true;
    ObjectReader const json(answer, ignored);
    auto error = json.at("errors");
    if (error.is_null()) return std::nullopt;
    if (simdjson::dom::array errors; error.get_array().get(errors) == simdjson::SUCCESS) {
        if (errors.size() == 0) return std::nullopt;
        error = *errors.begin();
    }
    ObjectReader const first(error, ignored);
    auto const message = first.text("message");
    auto const code = first.object("extensions").text("code");
    auto said = message.empty() ? std::string("an error without a message") : fly::bounded(message, longest_text);
    return Error{.kind = kind_of(message, code), .message = code.empty() ? said : code + ": " + said};
}

std::optional<fly::AppAudit> app_audit_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::AppAudit app{.app_name = json.text("name")};
    for (auto const node : json.object("ipAddresses").list("nodes")) {
        auto ip = ip_from(node);
        sound = sound && ip.has_value();
        if (ip) app.ips.push_back(std::move(*ip));
    }
    // The shared address is not among the nodes.
    if (auto shared = json.text("sharedIpAddress"); !shared.empty()) {
        app.ips.push_back({.address = std::move(shared), .type = fly::IpType::SharedV4});
    }
    for (auto const element : json.list("secrets")) {
        ObjectReader const secret(element, sound);
        app.secrets.push_back({.name = secret.text("name"), .digest = secret.text("digest")});
    }
    if (!sound || app.app_name.empty()) return std::nullopt;
    return app;
}

}  // namespace

Body audit_request(std::string const& organization, std::string const& cursor) {
    return {{"query", query}, {"variables", {{"slug", organization}, {"after", cursor.empty() ? Body() : Body(cursor)}}}};
}

Result<AuditPage> audit_page_from(Json answer) {
    if (auto error = error_in(answer)) return std::unexpected(std::move(*error));
    bool sound = member(answer, "data").has_value();
    auto const data = ObjectReader(answer, sound).object("data");
    if (sound && data.at("organization").is_null()) return failure(ErrorKind::NotFound, "no such organization for this token");
    auto const apps = data.object("organization").object("apps");
    auto read = read_all(apps.list("nodes"), &app_audit_from);
    auto const page_info = apps.object("pageInfo");
    AuditPage page{.next_cursor = page_info.flag("hasNextPage") ? page_info.text("endCursor") : std::string()};
    if (!sound || !read || !page_info.has("hasNextPage")) return failure(ErrorKind::Unavailable, "unreadable answer");
    page.apps = std::move(*read);
    return page;
}

}  // namespace dayfly::fly_rest
