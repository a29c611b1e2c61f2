// RestApi: addresses and certificates.
#include <algorithm>
#include <iterator>

#include "controller/fly_rest/app_json.h"
#include "controller/fly_rest/ask.h"
#include "controller/fly_rest/bodies.h"
#include "controller/fly_rest/calls.h"
#include "controller/fly_rest/rest_api.h"
#include "controller/http/message.h"

namespace dayfly::fly_rest {

using fly::Action;
using http::percent_encode;

namespace {

constexpr int most_certificate_pages = 20;

/// Fly answers 409 or 422 when a thing is there already, in words that nobody has written down: only a look can tell.
bool may_be_there(Error const& error) {
    return error.kind == ErrorKind::Conflict || error.kind == ErrorKind::InvalidConfig || error.kind == ErrorKind::NameTaken;
}

}  // namespace

Task<Result<std::vector<fly::Ip>>> RestApi::list_ips(std::string app) {
    auto call = app_call(Action::ListIps, "GET", app, "/ip_assignments");
    co_return co_await ask_for(wire_, std::move(call), Body(), &ips_from);
}

Task<Result<fly::Ip>> RestApi::assign_ip(std::string app, fly::IpType type) {
    auto call = app_call(Action::AssignIp, "POST", app, "/ip_assignments");
    auto body = body_of(type);
    auto assigned = co_await ask_for(wire_, std::move(call), std::move(body), &ip_from);
    if (assigned || !may_be_there(assigned.error())) co_return assigned;
    auto const present = co_await list_ips(app);
    if (!present) co_return assigned;
    auto const it = std::ranges::find(*present, type, &fly::Ip::type);
    if (it == present->end()) co_return assigned;
    co_return *it;
}

Task<Result<void>> RestApi::release_ip(std::string app, std::string address) {
    auto call = app_call(Action::ReleaseIp, "DELETE", app, "/ip_assignments/" + percent_encode(address));
    co_return co_await tell_gone(wire_, std::move(call));
}

Task<Result<std::vector<fly::Certificate>>> RestApi::list_certificates(std::string app) {
    std::vector<fly::Certificate> all;
    std::string cursor;
    for (int page = 0; page < most_certificate_pages; ++page) {
        auto call = app_call(Action::ListCertificates, "GET", app, "/certificates?limit=500");
        if (!cursor.empty()) call.target += "&cursor=" + percent_encode(cursor);
        auto read = co_await ask_for(wire_, std::move(call), Body(), &certificates_from);
        if (!read) co_return std::unexpected(std::move(read.error()));
        std::ranges::move(read->certificates, std::back_inserter(all));
        if (read->next_cursor.empty()) co_return all;
        cursor = std::move(read->next_cursor);
    }
    co_return failure(ErrorKind::Unavailable, "list_certificates " + app + ": the pages do not end");
}

Task<Result<fly::Certificate>> RestApi::get_certificate(std::string app, std::string hostname) {
    auto call = app_call(Action::GetCertificate, "GET", app, "/certificates/" + percent_encode(hostname));
    co_return co_await ask_for(wire_, std::move(call), Body(), &certificate_from);
}

Task<Result<fly::Certificate>> RestApi::create_certificate(std::string app, std::string hostname) {
    auto call = app_call(Action::CreateCertificate, "POST", app, "/certificates/acme");
    Body body = {{"hostname", hostname}};
    auto created = co_await ask_for(wire_, std::move(call), std::move(body), &certificate_from);
    if (created || !may_be_there(created.error())) co_return created;
    auto present = co_await get_certificate(app, hostname);
    if (!present) co_return created;
    co_return present;
}

Task<Result<fly::Certificate>> RestApi::check_certificate(std::string app, std::string hostname) {
    auto call = app_call(Action::CheckCertificate, "POST", app, "/certificates/" + percent_encode(hostname) + "/check");
    co_return co_await ask_for(wire_, std::move(call), Body(), &certificate_from);
}

Task<Result<void>> RestApi::delete_certificate(std::string app, std::string hostname) {
    auto call = app_call(Action::DeleteCertificate, "DELETE", app, "/certificates/" + percent_encode(hostname));
    co_return co_await tell_gone(wire_, std::move(call));
}

}  // namespace dayfly::fly_rest
