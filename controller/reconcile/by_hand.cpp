// What a person can ask of one environment: sleep, wake, suspend, resume, delete, reconcile.
#include "controller/reconcile/controller.h"

namespace dayfly::reconcile {
namespace {

Result<void> refused(std::string message, std::string hint = {}) {
    return failure(ErrorKind::Refused, std::move(message), std::move(hint));
}

std::unexpected<Error> unknown(specs::Key const& key) {
    return failure(ErrorKind::NotFound, "environment " + key.text() + " is not known");
}

}  // namespace

Result<void> Controller::put_to_sleep(specs::Key const& key, std::string const& cause) {
    auto const found = environments_.find(key);
    if (found == environments_.end()) return unknown(key);
    auto& environment = found->second;
    if (environment.ending || environment.removing || !environment.spec) return refused(key.text() + " is on its way out");
    if (environment.spec->spec.suspend || environment.paused)
        return refused(key.text() + " is suspended: nothing is changed", "`dayfly resume` it, or set spec.suspend to false.");
    auto const record = fleet_.apps().find(environment.app);
    if (record == fleet_.apps().end() || record->second.machines.empty()) return refused(key.text() + " has no machine yet");
    environment.rest = plan::Rest::Asleep;
    environment.rest_by_hand = true;
    add_event(environment.status, false, "Idle", "put to sleep: " + cause, clock_.wall());
    log_.info("sleep", {{"env", key.text()}, {"cause", cause}});
    observer_.slept_or_woke("sleep");
    enqueue(key, Priority::Asked, clock_.now());
    changed_.notify();
    return {};
}

Result<void> Controller::wake(specs::Key const& key, std::string const& cause) {
    auto const found = environments_.find(key);
    if (found == environments_.end()) return unknown(key);
    auto& environment = found->second;
    if (!environment.spec || !desired_.wishes().contains(key)) return refused(key.text() + " is on its way out");
    if (environment.spec->spec.suspend || environment.paused)
        return refused(key.text() + " is suspended: nothing is changed", "`dayfly resume` it, or set spec.suspend to false.");
    if (environment.ending && environment.ending->reason != expired_reason)
        return refused(key.text() + " has ended: " + environment.ending->message);
    log_.info("wake", {{"env", key.text()}, {"cause", cause}});
    if (environment.ending) {
        ask_again(environment);
    } else {
        environment.rest = plan::Rest::Awake;
        environment.rest_by_hand = true;
        used(environment, clock_.wall());
        add_event(environment.status, false, "Woken", "woken: " + cause, clock_.wall());
        enqueue(key, Priority::Asked, clock_.now());
    }
    changed_.notify();
    return {};
}

Result<void> Controller::pause(specs::Key const& key) {
    auto const found = environments_.find(key);
    if (found == environments_.end()) return unknown(key);
    auto& environment = found->second;
    if (environment.paused) return {};
    environment.paused = true;
    add_event(environment.status, false, "Suspended", "suspended by hand, until it is resumed or the controller restarts",
              clock_.wall());
    enqueue(key, Priority::Asked, clock_.now());
    changed_.notify();
    return {};
}

Result<void> Controller::resume(specs::Key const& key) {
    auto const found = environments_.find(key);
    if (found == environments_.end()) return unknown(key);
    auto& environment = found->second;
    if (environment.spec && environment.spec->spec.suspend)
        return refused(key.text() + " is suspended by its file", "Set spec.suspend to false there.");
    if (!environment.paused) return {};
    environment.paused = false;
    // Nothing was seen of its use meanwhile that may be held against it.
    used(environment, clock_.wall());
    add_event(environment.status, false, "Resumed", "resumed by hand", clock_.wall());
    enqueue(key, Priority::Asked, clock_.now());
    changed_.notify();
    return {};
}

Result<std::string> Controller::remove_by_hand(specs::Key const& key) const {
    auto const found = environments_.find(key);
    if (found == environments_.end()) return unknown(key);
    auto const wish = desired_.wishes().find(key);
    if (wish == desired_.wishes().end()) {
        if (held_ && held_->apps.contains(found->second.app))
            return failure(ErrorKind::Refused, "the delete guard holds " + key.text() + ": " + held_->verdict.reason,
                           "Release it with `dayfly approve-deletes " + held_->verdict.id + "`.");
        return "no source wants " + key.text() + " any more; it is being removed";
    }
    if (found->second.ending) return key.text() + " has ended already: " + found->second.ending->message;
    std::string sources;
    for (auto const& source : wish->second.sources) sources += (sources.empty() ? "" : ", ") + source;
    auto const& file = wish->second.environment ? wish->second.environment->location.file : std::string();
    return failure(ErrorKind::Refused, key.text() + " is wanted by " + sources + " and would be made again at once",
                   file.empty() ? "Remove it from its source." : "Remove it from " + file + "; Dayfly removes it then.");
}

Result<void> Controller::reconcile_now(specs::Key const& key) {
    auto const found = environments_.find(key);
    if (found == environments_.end()) return unknown(key);
    auto& environment = found->second;
    environment.look_first = true;
    environment.asked_by_person = true;
    environment.retry = true;
    if (environment.boot_failure) {
        environment.boot_failure.reset();
        environment.start_failure.reset();
    }
    enqueue(key, Priority::Asked, clock_.now());
    return {};
}

}  // namespace dayfly::reconcile
