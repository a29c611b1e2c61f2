#include "controller/reconcile/followed.h"

#include <utility>

#include "controller/reconcile/controller.h"

namespace dayfly::reconcile {

namespace {

std::optional<FollowedEnvironment> view_of(Environment const& environment) {
    if (!environment.spec || !environment.spec->spec.git || (environment.removing && !environment.ending)) return std::nullopt;
    return FollowedEnvironment{.key = environment.key,
                               .spec = environment.spec,
                               .ending = environment.ending ? environment.ending->reason : std::string()};
}

}  // namespace

bool FollowedController::ready() const { return controller_.fleet().known(); }

std::vector<FollowedEnvironment> FollowedController::environments() const {
    std::vector<FollowedEnvironment> followed;
    for (auto const& [key, environment] : controller_.environments()) {
        if (auto view = view_of(environment)) followed.push_back(std::move(*view));
    }
    return followed;
}

std::optional<FollowedEnvironment> FollowedController::find(specs::Key const& key) const {
    auto const found = controller_.environments().find(key);
    return found == controller_.environments().end() ? std::nullopt : view_of(found->second);
}

plan::Revision FollowedController::running(specs::Key const& key) const {
    auto const found = controller_.environments().find(key);
    if (found == controller_.environments().end()) return {};
    if (found->second.revision) return *found->second.revision;
    return plan::running_revision(controller_.fleet().observe(found->second.app), owner_);
}

Signal& FollowedController::changed() { return controller_.changed(); }

void FollowedController::set_revision(specs::Key const& key, plan::Revision const& revision) {
    controller_.set_revision(key, revision);
}

void FollowedController::set_source_problem(specs::Key const& key, std::string const& reason, std::string const& message) {
    controller_.set_source_problem(key, reason, message);
}

void FollowedController::hold_back(specs::Key const& key, HeldCommit const& held, std::string const& message) {
    controller_.hold_back(key, held, message);
}

void FollowedController::set_ending(specs::Key const& key, std::optional<Ending> ending) {
    controller_.set_ending(key, std::move(ending));
}

Result<void> FollowedController::put_to_sleep(specs::Key const& key, std::string const& cause) {
    return controller_.put_to_sleep(key, cause);
}

Result<void> FollowedController::wake(specs::Key const& key, std::string const& cause) { return controller_.wake(key, cause); }

}  // namespace dayfly::reconcile
