// What others tell of an environment: its repository's commit or trouble, its pull request, and how feedback went.
#include <utility>

#include "controller/fly/error_policy.h"
#include "controller/reconcile/conclude.h"
#include "controller/reconcile/controller.h"

namespace dayfly::reconcile {

void Controller::set_revision(specs::Key const& key, plan::Revision const& revision) {
    auto const found = environments_.find(key);
    if (found == environments_.end()) return;
    auto& environment = found->second;
    auto const now = clock_.wall();
    set_condition(environment.status,
                  {.type = "SourceReady",
                   .status = Truth::True,
                   .reason = "Read",
                   .message = {},
                   .observed_generation = environment.generation},
                  now);
    if (std::exchange(environment.held, std::nullopt)) changed_.notify();
    if (environment.revision == revision) return;
    if (environment.revision) {
        used(environment, now);
        if (environment.ending && environment.ending->reason == expired_reason) ask_again(environment);
    }
    environment.revision = revision;
    environment.told_from_outside = true;
    environment.start_failure.reset();
    environment.boot_failure.reset();
    environment.attempts = 0;
    environment.rounds = 0;
    if (!environment.wanted_since) {
        environment.change_seen(clock_.now());
        environment.operation = "update";
    }
    set_step(environment.status, "Repository", "Done", revision.commit, now);
    log_.info("revision", {{"env", key.text()}, {"commit", revision.commit}});
    enqueue(key, Priority::Asked, clock_.now());
    changed_.notify();
}

void Controller::set_source_problem(specs::Key const& key, std::string const& reason, std::string const& message) {
    auto const found = environments_.find(key);
    if (found == environments_.end()) return;
    auto& environment = found->second;
    auto const now = clock_.wall();
    auto const* before = find_condition(environment.status, "SourceReady");
    bool const news = before == nullptr || before->reason != reason || before->message != message;
    set_condition(environment.status,
                  {.type = "SourceReady",
                   .status = Truth::False,
                   .reason = reason,
                   .message = message,
                   .observed_generation = environment.generation},
                  now);
    if (!news) return;
    add_event(environment.status, true, reason, message, now);
    log_.warn("source", {{"env", key.text()}, {"reason", reason}, {"error", message}});
    changed_.notify();
}

void Controller::hold_back(specs::Key const& key, HeldCommit const& held, std::string const& message) {
    if (auto const found = environments_.find(key); found != environments_.end()) found->second.held = held;
    set_source_problem(key, held.reason, message);
}

void Controller::set_ending(specs::Key const& key, std::optional<Ending> ending) {
    auto const found = environments_.find(key);
    if (found == environments_.end() || found->second.ending == ending) return;
    auto& environment = found->second;
    // That a pull request is open does not bring back what has expired.
    if (!ending && environment.ending->reason == expired_reason) return;
    if (ending && ending->reason != expired_reason) {
        environment.tombstone.clear();
        environment.emptied = false;
    }
    environment.ending = std::move(ending);
    if (environment.ending) {
        add_event(environment.status, false, environment.ending->reason, environment.ending->message, clock_.wall());
        log_.info("ending", {{"env", key.text()}, {"reason", environment.ending->reason}});
        sweep_due_ = true;
        wake_.notify();
        if (!fleet_.apps().contains(environment.app)) conclude_ending(environment, clock_.wall());
    } else {
        environment.removing = false;
        environment.removal_released = false;
        environment.wanted_since = clock_.now();
        environment.operation = "create";
        remove_condition(environment.status, "DeletionBlocked");
        enqueue(key, Priority::Asked, clock_.now());
    }
    changed_.notify();
}

void Controller::set_feedback(specs::Key const& key, FeedbackNews const& news) {
    auto const found = environments_.find(key);
    if (found == environments_.end()) return;
    auto& status = found->second.status;
    auto const now = clock_.wall();
    set_step(status, "Feedback", news.state, news.message, now);
    if (news.error) {
        auto const hint = std::string(fly::hint_for(*news.error));
        auto const text = hint.empty() ? news.message : news.message + " (" + hint + ")";
        set_condition(status,
                      {.type = "FeedbackFailed",
                       .status = Truth::True,
                       .reason = std::string(to_string(news.error->kind)),
                       .message = text,
                       .observed_generation = found->second.generation},
                      now);
        add_event(status, true, "FeedbackFailed", text, now);
        log_.warn("feedback", {{"env", key.text()}, {"error", news.message}, {"hint", hint}});
    } else if (news.state == "Done") {
        remove_condition(status, "FeedbackFailed");
    }
    changed_.notify();
}

}  // namespace dayfly::reconcile
