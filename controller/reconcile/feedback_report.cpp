#include "controller/reconcile/feedback_report.h"

#include <fmt/format.h>

#include "controller/github/address.h"

namespace dayfly::reconcile {
namespace {

using Phase = github::Report::Phase;

/// Failures that pass by themselves are not news.
constexpr unsigned attempts_worth_telling = 3;

bool is_leaving(Environment const& environment) {
    return environment.removing ? environment.removal_released : environment.ending.has_value();
}

/// Checks end by themselves; what comes from a fork does not.
bool waits_for_a_person(Environment const& environment) {
    if (!environment.held || is_leaving(environment)) return false;
    return environment.held->reason == "ForkNotApproved" || environment.held->reason == "ForksNotAllowed";
}

Phase phase_of(Environment const& environment, std::string const& commit) {
    auto const& status = environment.status;
    if (is_leaving(environment)) return Phase::Removed;
    if (waits_for_a_person(environment)) return Phase::Held;
    if (is_ready(status) && status.revision_running == commit) return Phase::Success;
    bool const stalled = find_condition(status, "Stalled") != nullptr;
    bool const keeps_failing = status.failure && status.failure->attempts >= attempts_worth_telling;
    return stalled || keeps_failing ? Phase::Failure : Phase::InProgress;
}

}  // namespace

std::optional<github::Report> report_of(Environment const& environment, FeedbackPlace const& place) {
    bool const wanted = environment.spec && environment.spec->spec.git;
    if (!wanted && !environment.origin) return std::nullopt;
    // Of an object that is not known any more all is taken back that may once have been told.
    auto const wants = wanted ? environment.spec->spec.github : specs::GithubFeedback{};
    if (!wants.deployment && !wants.comment && !wants.status) return std::nullopt;
    auto const address = github::parse_address(wanted ? environment.spec->spec.git->repository : environment.origin->repository,
                                               place.github_host);
    if (!address || address->kind != github::Address::Kind::Github) return std::nullopt;
    auto const& commit = !wanted                           ? environment.origin->commit
                         : waits_for_a_person(environment) ? environment.held->commit
                         : environment.revision            ? environment.revision->commit
                                                           : environment.status.revision_running;
    if (!plan::is_commit(commit)) return std::nullopt;
    auto const phase = phase_of(environment, commit);

    auto const& key = environment.key;
    auto const name = key.namespace_ == specs::Key{}.namespace_ ? key.name : key.text();
    github::Report report{.identity = fmt::format("{}/{}", place.owner, key.text()),
                          .repository = address->text,
                          .commit = commit,
                          .environment = "dayfly/" + name,
                          .name = name,
                          .pull_request = wanted ? environment.spec->spec.git->pull_request : environment.origin->pull_request,
                          .phase = phase,
                          .url = environment.status.url,
                          .deployment = wants.deployment,
                          .comment = wants.comment,
                          .status = wants.status};
    if (phase == Phase::Held) report.reason = environment.held->reason;
    if (phase == Phase::Failure) {
        auto const* ready = find_condition(environment.status, "Ready");
        report.reason = ready == nullptr ? "Failed" : ready->reason;
    }
    if (!place.public_url.empty()) report.log_url = fmt::format("{}/api/v1/environments/{}", place.public_url, key.text());
    return report;
}

}  // namespace dayfly::reconcile
