#include "controller/fly_sim/certificates.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "controller/base/time_text.h"
#include "controller/fly_sim/apps.h"
#include "controller/fly_sim/guesses.h"

namespace dayfly::fly_sim {
namespace {

constexpr std::size_t default_page = 25;
constexpr std::size_t largest_page = 500;

bool is_active(StoredCertificate const& certificate) { return certificate.status == "active"; }

Json detail(App const& app, StoredCertificate const& certificate) {
    auto const active = is_active(certificate);
    auto addresses = Json::array();
    auto v6 = Json::array();
    for (auto const& ip : app.ips) {
        if (ip.type == "v4" || ip.type == "shared_v4") addresses.push_back(ip.address);
        if (ip.type == "v6") v6.push_back(ip.address);
    }
    Json shown{{"hostname", certificate.hostname},
               {"configured", active},
               {"acme_requested", true},
               {"status", certificate.status},
               {"dns_provider", ""},
               {"certificates", Json::array()},
               {"validation",
                {{"dns_configured", active},
                 {"alpn_configured", active},
                 {"http_configured", active},
                 {"ownership_txt_configured", false}}},
               {"dns_requirements",
                {{"a", std::move(addresses)},
                 {"aaaa", std::move(v6)},
                 {"cname", app.name + ".fly.dev"},
                 {"acme_challenge",
                  {{"name", "_acme-challenge." + certificate.hostname},
                   {"target", certificate.hostname + "." + app.id + ".flydns.net"}}},
                 {"ownership", {{"name", "_fly-ownership." + certificate.hostname}, {"app_value", "app-" + app.id}}}}},
               {"validation_errors", Json::array()}};
    shown["certificates"].push_back(
        {{"source", "fly"}, {"status", certificate.status}, {"created_at", rfc3339(certificate.created)}});
    return shown;
}

Json summary(StoredCertificate const& certificate) {
    auto const active = is_active(certificate);
    return {{"hostname", certificate.hostname},
            {"configured", active},
            {"acme_requested", true},
            {"acme_dns_configured", active},
            {"acme_alpn_configured", active},
            {"acme_http_configured", active},
            {"ownership_txt_configured", false},
            {"has_custom_certificate", false},
            {"has_fly_certificate", active},
            {"status", certificate.status},
            {"dns_provider", ""},
            {"created_at", rfc3339(certificate.created)},
            {"updated_at", rfc3339(certificate.created)}};
}

struct FoundCertificate {
    App* app;
    StoredCertificate* certificate;
};

std::expected<FoundCertificate, Answer> find_certificate(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return std::unexpected(app.error());
    auto const found = (*app)->certificates.find(exchange.id);
    if (found == (*app)->certificates.end()) return std::unexpected(problem(404, "certificate not found"));
    return FoundCertificate{*app, &found->second};
}

bool is_hostname(std::string_view name) {
    return name.size() <= 253 && name.find('.') != std::string_view::npos && std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                      c == '*';
           });
}

}  // namespace

void apply_certificate_step(State& state, Due const& due) {
    auto* const app = state.app(due.app);
    if (app == nullptr || state.failing_hostnames.contains(due.id)) return;
    if (auto const found = app->certificates.find(due.id); found != app->certificates.end()) found->second.status = "active";
}

Outcome list_certificates(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    std::size_t limit = default_page;
    if (auto const text = exchange.param("limit")) std::from_chars(text->data(), text->data() + text->size(), limit);
    limit = std::clamp<std::size_t>(limit, 1, largest_page);
    auto const filter = exchange.param("filter").value_or("");
    auto shown = Json::array();
    std::string next;
    auto row = (*app)->certificates.upper_bound(exchange.param("cursor").value_or(""));
    for (; row != (*app)->certificates.end(); ++row) {
        if (row->first.find(filter) == std::string::npos) continue;
        if (shown.size() == limit) {
            next = shown.back()["hostname"].get<std::string>();
            break;
        }
        shown.push_back(summary(row->second));
    }
    return reply(200,
                 {{"certificates", std::move(shown)}, {"next_cursor", next}, {"total_count", (*app)->certificates.size()}});
}

Outcome create_acme_certificate(State& state, Exchange const& exchange) {
    auto const app = find_app(state, exchange);
    if (!app) return app.error();
    auto const hostname = exchange.text("hostname");
    if (exchange.body_is_broken || !is_hostname(hostname)) return problem(422, "Validation failed: Hostname is invalid");
    for (auto const& [name, other] : state.apps) {
        if (other.certificates.contains(hostname)) return guessed(state.options, "duplicate_certificate");
    }
    auto const& certificate =
        (*app)->certificates.emplace(hostname, StoredCertificate{.hostname = hostname, .created = state.wall}).first->second;
    state.schedule.add(state.now + state.lasting(state.options.timings.certificate_ready),
                       {.step = Step::CertificateReady, .app = (*app)->name, .id = hostname});
    return reply(201, detail(**app, certificate));
}

Outcome get_certificate(State& state, Exchange const& exchange) {
    auto const found = find_certificate(state, exchange);
    if (!found) return found.error();
    return reply(200, detail(*found->app, *found->certificate));
}

Outcome check_certificate(State& state, Exchange const& exchange) {
    auto const found = find_certificate(state, exchange);
    if (!found) return found.error();
    auto shown = detail(*found->app, *found->certificate);
    shown["dns_records"] = {
        {"a", Json::array()}, {"aaaa", Json::array()}, {"cname", Json::array()}, {"resolved_addresses", Json::array()}};
    return reply(200, shown);
}

Outcome delete_certificate(State& state, Exchange const& exchange) {
    auto const found = find_certificate(state, exchange);
    if (!found) return found.error();
    found->app->certificates.erase(exchange.id);
    return no_content();
}

Outcome delete_acme_certificate(State& state, Exchange const& exchange) {
    auto const found = find_certificate(state, exchange);
    if (!found) return found.error();
    auto const shown = detail(*found->app, *found->certificate);
    found->app->certificates.erase(exchange.id);
    return reply(200, shown);
}

}  // namespace dayfly::fly_sim
