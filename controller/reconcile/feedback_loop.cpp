#include "controller/reconcile/feedback_loop.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <string>
#include <utility>
#include <vector>

#include "controller/base/deadline.h"

namespace dayfly::reconcile {
namespace {

using Phase = github::Report::Phase;

std::string_view word_of(Phase phase) {
    switch (phase) {
        case Phase::Held: return "waiting for approval";
        case Phase::InProgress: return "in progress";
        case Phase::Success: return "success";
        case Phase::Failure: return "failure";
        case Phase::Removed: break;
    }
    return "removed";
}

/// They are different things at GitHub.
bool same_place(github::Report const& a, github::Report const& b) {
    return a.repository == b.repository && a.pull_request == b.pull_request && a.environment == b.environment;
}

/// Only a person can end these.
bool is_lasting(ErrorKind kind) {
    return kind == ErrorKind::Forbidden || kind == ErrorKind::NotFound || kind == ErrorKind::InvalidConfig ||
           kind == ErrorKind::Unauthenticated || kind == ErrorKind::Refused;
}

}  // namespace

FeedbackLoop::FeedbackLoop(boost::asio::any_io_executor executor, Controller& controller, github::Feedback& feedback,
                           Clock& clock, Log& log, FeedbackLoopOptions options)
    : controller_(controller),
      feedback_(feedback),
      clock_(clock),
      log_(log),
      options_(std::move(options)),
      tasks_(std::move(executor), [this](std::exception_ptr error) {
          try {
              std::rethrow_exception(error);
          } catch (std::exception const& e) {
              log_.error("feedback threw", {{"what", e.what()}});
          }
      }) {
    controller_.set_farewell([this](specs::Key key) { return farewell(std::move(key)); });
}

FeedbackLoop::~FeedbackLoop() { controller_.set_farewell({}); }

Task<void> FeedbackLoop::run() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    while (state.cancelled() == boost::asio::cancellation_type::none) {
        look();
        co_await controller_.changed().wait_until(clock_, next().value_or(clock_.now() + std::chrono::hours(1)));
        if (state.cancelled() != boost::asio::cancellation_type::none) break;
        co_await clock_.sleep_for(options_.settle);
    }
    tasks_.cancel();
    co_await boost::asio::this_coro::reset_cancellation_state();
    co_await tasks_.join(clock_, clock_.now() + seconds(5));
}

void FeedbackLoop::look() {
    auto const now = clock_.now();
    auto const& environments = controller_.environments();
    std::erase_if(told_, [&](auto const& entry) { return !entry.second.busy && !environments.contains(entry.first); });
    for (auto const& [key, environment] : environments) {
        auto report = report_of(environment, options_.place);
        // Being removed is told by farewell(), before it happens.
        if (!report || report->phase == Phase::Removed) continue;
        auto& told = told_[key];
        bool const waits = now < told.not_before && (!told.refused || told.refused == report);
        if (told.busy || waits || told.report == report) continue;
        farewells_.erase(report->identity);
        if (told.report && !same_place(*told.report, *report)) {
            auto old = *told.report;
            // In one repository the deployments are the same ones.
            old.deployment = old.deployment && old.repository != report->repository;
            leave(std::move(old));
        }
        told.busy = true;
        tasks_.spawn(tell(key, std::move(*report)));
    }
    std::vector<std::string> due;
    for (auto& [identity, farewell] : farewells_) {
        if (farewell.busy || now < farewell.not_before) continue;
        farewell.busy = true;
        due.push_back(identity);
    }
    // Not while walking: one that has nothing to wait for is over, and off the list, before spawn() returns.
    for (auto& identity : due) tasks_.spawn(repeat_farewell(std::move(identity)));
}

std::optional<Instant> FeedbackLoop::next() const {
    std::optional<Instant> next;
    auto const consider = [&](Instant when) {
        if (when > clock_.now()) next = next ? std::min(*next, when) : when;
    };
    for (auto const& [key, told] : told_) consider(told.not_before);
    for (auto const& [identity, farewell] : farewells_) consider(farewell.not_before);
    return next;
}

Instant FeedbackLoop::retry_at(Error const& error, unsigned failures) const {
    auto wait = std::min<Instant::duration>(options_.longest_retry, options_.retry * (1u << std::min(failures - 1, 10u)));
    if (is_lasting(error.kind)) wait = options_.longest_retry;
    if (error.retry_after) wait = std::max<Instant::duration>(wait, *error.retry_after);
    return clock_.now() + wait;
}

Task<void> FeedbackLoop::tell(specs::Key key, github::Report report) {
    // A failure is shown until it is over, not until the next try begins.
    if (told_[key].failures == 0)
        controller_.set_feedback(key, {.state = "Running", .message = std::string(word_of(report.phase))});
    auto const result = co_await feedback_.tell(report);
    auto& told = told_[key];
    told.busy = false;
    if (result) {
        told.failures = 0;
        told.not_before = {};
        told.refused.reset();
        controller_.set_feedback(key, {.state = "Done", .message = std::string(word_of(report.phase))});
        told.report = std::move(report);
        co_return;
    }
    told.not_before = retry_at(result.error(), ++told.failures);
    told.refused = is_lasting(result.error().kind) ? std::optional(std::move(report)) : std::nullopt;
    controller_.set_feedback(key, {.state = "Failed", .message = result.error().message, .error = result.error()});
}

Task<void> FeedbackLoop::farewell(specs::Key key) {
    auto const found = controller_.environments().find(key);
    if (found == controller_.environments().end()) co_return;
    auto const report = report_of(found->second, options_.place);
    if (!report || report->phase != Phase::Removed) co_return;
    if (farewells_.contains(report->identity) || told_[key].report == report) co_return;
    auto const result = co_await with_deadline(clock_, options_.farewell_limit, "telling GitHub", feedback_.tell(*report));
    if (result) {
        told_[key].report = report;
        controller_.set_feedback(key, {.state = "Done", .message = "removed"});
        co_return;
    }
    controller_.set_feedback(key, {.state = "Failed", .message = result.error().message, .error = result.error()});
    leave(*report);
}

/// The deletion goes on; GitHub hears of it when it can.
void FeedbackLoop::leave(github::Report report) {
    report.phase = Phase::Removed;
    auto const identity = report.identity;
    farewells_.insert_or_assign(identity, Farewell{.report = std::move(report), .not_before = clock_.now() + options_.retry});
}

Task<void> FeedbackLoop::repeat_farewell(std::string identity) {
    auto const found = farewells_.find(identity);
    if (found == farewells_.end()) co_return;
    auto const report = found->second.report;
    auto const result = co_await feedback_.tell(report);
    auto const after = farewells_.find(identity);
    if (after == farewells_.end()) co_return;
    auto& farewell = after->second;
    farewell.busy = false;
    if (!result) {
        farewell.not_before = retry_at(result.error(), ++farewell.attempts);
        if (farewell.attempts < options_.farewell_attempts) co_return;
        log_.warn("feedback", {{"env", identity}, {"error", "GitHub never heard of its removal: " + result.error().message}});
    }
    farewells_.erase(identity);
}

}  // namespace dayfly::reconcile
