// Classifies failed replies by status and text.
#include "controller/fly/answer.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "controller/fly/error_text.h"

namespace dayfly::fly {
namespace {

constexpr std::size_t longest_message = 500;

bool mentions_any(std::string_view text, std::initializer_list<std::string_view> parts) {
    return std::ranges::any_of(parts, [&](std::string_view part) { return mentions(text, part); });
}

bool says_no_room(ErrorText const& said) {
    if (said.code == "insufficient_capacity" || said.code == "volume_placement_capacity") return true;
    return mentions_any(said.text, {"could not reserve resource", "insufficient resources", "insufficient memory",
                                    "insufficient cpu", "insufficient capacity", "no capacity", "out of capacity",
                                    "deploys to this host are temporarily disabled"});
}

bool says_no_quota(std::string_view text) {
    return mentions_any(text, {"allowed quota", "payment method", "quota exceeded", "exceeded your quota", "limit reached"});
}

/// What a registry's refusal means. Only answers about the image itself count: a registry in trouble is worth another try.
std::optional<ErrorKind> registry_failure(std::string_view text) {
    if (mentions_any(text, {"manifest_unknown", "manifest unknown", "name_unknown"})) return ErrorKind::ImageNotFound;
    if (!mentions(text, "failed to get manifest")) return std::nullopt;
    if (mentions_any(text, {"[http 5", "[http 429]", "timeout", "connection re"})) return ErrorKind::Unavailable;
    return ErrorKind::ImageNotFound;
}

ErrorKind not_found(ErrorText const& said) {
    // An unknown route's or a gateway's 404 says nothing about the thing that was asked for.
    auto const named = mentions_any(said.text, {"app not found", "machine not found", "volume not found", "lease not found"});
    return said.from_fly || named ? ErrorKind::NotFound : ErrorKind::Unavailable;
}

ErrorKind kind_of_400(ErrorText const& said) { return registry_failure(said.text).value_or(ErrorKind::InvalidConfig); }

ErrorKind kind_of_412(Call const& call, ErrorText const& said) {
    if (mentions(said.text, "machine_version") || mentions(said.text, "current_version")) return ErrorKind::Conflict;
    if (mentions(said.text, "failed_precondition")) return ErrorKind::NotReadyYet;
    // A bare 412 answers a stale version: the one on an update, or the one that guards metadata.
    auto const versioned = call.action == Action::UpdateMachine || call.action == Action::SetMetadata;
    return versioned ? ErrorKind::Conflict : ErrorKind::NotReadyYet;
}

ErrorKind kind_of_422(Call const& call, ErrorText const& said) {
    if (mentions(said.text, "name has already been taken") || mentions(said.text, "uniqueness constraint violated")) {
        return call.action == Action::CreateApp ? ErrorKind::NameTaken : ErrorKind::Conflict;
    }
    auto const unique = call.action == Action::AssignIp || call.action == Action::CreateCertificate;
    return unique && mentions(said.text, "already") ? ErrorKind::Conflict : ErrorKind::InvalidConfig;
}

ErrorKind interrupted(Call const& call) { return is_write(call.action) ? ErrorKind::Ambiguous : ErrorKind::Unavailable; }

ErrorKind kind_of(Call const& call, int status, ErrorText const& said) {
    if (status == 429) return ErrorKind::RateLimited;
    if (status == 401) return ErrorKind::Unauthenticated;
    if (said.code == "name_taken") return ErrorKind::NameTaken;
    if (says_no_quota(said.text) && status >= 400 && status < 500) return ErrorKind::QuotaExceeded;
    if (says_no_room(said)) return ErrorKind::NoCapacity;
    if (mentions(said.text, "lease currently held by")) return ErrorKind::LeaseHeld;
    if (mentions(said.text, "currently replaced")) return ErrorKind::NotReadyYet;
    switch (status) {
        case 400: return kind_of_400(said);
        case 403: return ErrorKind::Forbidden;
        case 404: return not_found(said);
        case 408: return call.action == Action::WaitMachine ? ErrorKind::TimedOut : interrupted(call);
        case 409: return ErrorKind::Conflict;
        case 410: return ErrorKind::NotFound;
        case 412: return kind_of_412(call, said);
        case 413:
        case 415: return ErrorKind::InvalidConfig;
        case 422: return kind_of_422(call, said);
        default: return status >= 500 ? interrupted(call) : ErrorKind::Unknown;
    }
}

/// What the organisation as a whole is asked for, or is to get.
bool concerns_organisation(Action action) {
    return action == Action::ListApps || action == Action::ListOrgMachines || action == Action::ListOrgVolumes ||
           action == Action::CreateApp;
}

std::string_view hint_from(Call const& call, ErrorKind kind, ErrorText const& said) {
    bool const unseen = kind == ErrorKind::NotFound || (kind == ErrorKind::Forbidden && call.action != Action::CreateApp);
    if (unseen && concerns_organisation(call.action))
        return "Fly shows this token no such organisation. Check --org (FLY_ORG) and whose token it is.";
    if (kind == ErrorKind::QuotaExceeded && mentions(said.text, "other regions")) {
        return "The organisation's quota in this region is used up. Add spec.fallbackRegions, or ask Fly to raise the quota.";
    }
    if (kind == ErrorKind::QuotaExceeded && mentions(said.text, "payment method")) {
        return "Fly asks for a payment method: add one to the organisation in the Fly dashboard.";
    }
    if (kind == ErrorKind::NoCapacity && mentions(said.text, "existing volume")) {
        return "The host that holds the volume has no room for the machine. Wait, or recreate the volume from a snapshot "
               "elsewhere.";
    }
    return {};
}

/// A server that quotes the request back must not carry a secret into the log.
void blank_sent_secrets(Call const& call, std::string& text) {
    if (call.action != Action::UpdateSecrets) return;
    auto const body = nlohmann::json::parse(call.body, nullptr, false);
    auto const values = body.is_object() ? body.value("values", nlohmann::json()) : nlohmann::json();
    if (!values.is_object()) return;
    for (auto const& value : values) {
        if (!value.is_string()) continue;
        auto const& secret = value.get_ref<std::string const&>();
        if (secret.empty()) continue;
        for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3)) {
            text.replace(at, secret.size(), "***");
        }
    }
}

std::string subject_of(Call const& call) {
    if (call.app.empty()) return call.id;
    return call.id.empty() || call.id == call.app ? call.app : call.app + "/" + call.id;
}

}  // namespace

Error error_from(Call const& call, Reply const& reply) {
    auto said = error_text(reply.body);
    blank_sent_secrets(call, said.text);
    auto const kind = kind_of(call, reply.status, said);
    auto message = std::string(to_string(call.action));
    if (auto const subject = subject_of(call); !subject.empty()) message += " " + subject;
    message += ": " + std::to_string(reply.status);
    if (!said.text.empty()) message += " " + said.text;
    message = bounded(std::move(message), longest_message);
    if (!reply.request_id.empty()) message += " (fly-request-id " + bounded(reply.request_id, 64) + ")";
    return {.kind = kind,
            .message = std::move(message),
            .hint = std::string(hint_from(call, kind, said)),
            .retry_after = reply.retry_after};
}

bool another_region_may_help(Error const& error) {
    return error.kind == ErrorKind::NoCapacity ||
           (error.kind == ErrorKind::QuotaExceeded && mentions(error.message, "other regions"));
}

}  // namespace dayfly::fly
