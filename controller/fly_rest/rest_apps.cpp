// RestApi: apps and their secrets.
#include "controller/fly_rest/app_json.h"
#include "controller/fly_rest/ask.h"
#include "controller/fly_rest/bodies.h"
#include "controller/fly_rest/calls.h"
#include "controller/fly_rest/rest_api.h"
#include "controller/http/message.h"

namespace dayfly::fly_rest {

using fly::Action;

Task<Result<std::vector<fly::App>>> RestApi::list_apps(std::string organization) {
    fly::Call call{
        .action = Action::ListApps, .id = organization, .target = "/v1/apps?org_slug=" + http::percent_encode(organization)};
    co_return co_await ask_for(wire_, std::move(call), Body(), &apps_from);
}

Task<Result<fly::App>> RestApi::get_app(std::string app) {
    auto call = app_call(Action::GetApp, "GET", app, "");
    co_return co_await ask_for(wire_, std::move(call), Body(), &app_from);
}

Task<Result<std::string>> RestApi::create_app(fly::CreateApp create) {
    fly::Call call{.action = Action::CreateApp, .app = create.name, .id = create.name, .method = "POST", .target = "/v1/apps"};
    auto reply = co_await ask(wire_, call, body_of(create));
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    // Fly's document promises no body here, its pages show one.
    if (reply->body.empty()) co_return std::string();
    auto const json = Document::parse(reply->body);
    bool sound = json.has_value() && json->root().is_object();
    auto id = sound ? ObjectReader(json->root(), sound).text("id") : std::string();
    if (!sound) co_return std::unexpected(unreadable(call, *reply));
    co_return id;
}

Task<Result<void>> RestApi::delete_app(std::string app) {
    auto call = app_call(Action::DeleteApp, "DELETE", app, "?force=true");
    co_return co_await tell_gone(wire_, std::move(call));
}

Task<Result<std::vector<fly::AppSecret>>> RestApi::list_secrets(std::string app) {
    auto call = app_call(Action::ListSecrets, "GET", app, "/secrets");
    co_return co_await ask_for(wire_, std::move(call), Body(), &secrets_from);
}

Task<Result<std::uint64_t>> RestApi::update_secrets(std::string app, std::map<std::string, std::optional<Secret>> values) {
    auto call = app_call(Action::UpdateSecrets, "POST", app, "/secrets");
    Body body = {{"values", Body::object()}};
    for (auto const& [name, value] : values) body["values"][name] = value ? Body(value->reveal()) : Body();
    co_return co_await ask_for(wire_, std::move(call), std::move(body), &secrets_version_from);
}

}  // namespace dayfly::fly_rest
