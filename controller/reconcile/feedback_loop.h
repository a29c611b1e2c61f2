// Keeps GitHub told. Looks at the environments whenever something changed, tells what is new, and tries again what could not be
// told. Nothing waits for it but a deletion, and that for a few seconds only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <optional>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/task_group.h"
#include "controller/github/feedback.h"
#include "controller/reconcile/controller.h"
#include "controller/reconcile/feedback_report.h"

namespace dayfly::reconcile {

struct FeedbackLoopOptions {
    FeedbackPlace place;
    milliseconds settle{500};    ///< changes within it are told together
    seconds farewell_limit{10};  ///< how long a deletion waits for GitHub; more costs money while GitHub is down
    seconds retry{30};           ///< after the first failure; doubled up to `longest_retry`
    seconds longest_retry{3'600};
    unsigned farewell_attempts = 10;  ///< after that a deployment of something deleted is left as it is
};

class FeedbackLoop {
public:
    /// Asks the controller to be waited for before deletions. Everything referred to must outlive this, and this the
    /// controller's run().
    FeedbackLoop(boost::asio::any_io_executor executor, Controller& controller, github::Feedback& feedback, Clock& clock,
                 Log& log, FeedbackLoopOptions options);
    ~FeedbackLoop();
    FeedbackLoop(FeedbackLoop const&) = delete;
    FeedbackLoop& operator=(FeedbackLoop const&) = delete;

    /// Until cancelled.
    Task<void> run();

private:
    /// What GitHub knows of one environment through us.
    struct Told {
        std::optional<github::Report> report;  ///< the last that was told in full
        bool busy = false;
        unsigned failures = 0;
        Instant not_before{};
        std::optional<github::Report> refused;  ///< the report that GitHub refused: another one may be tried at once
    };
    /// What GitHub has yet to hear of something that is gone.
    struct Farewell {
        github::Report report;
        unsigned attempts = 0;
        Instant not_before{};
        bool busy = false;
    };
    void look();
    [[nodiscard]] std::optional<Instant> next() const;
    Task<void> tell(specs::Key key, github::Report report);
    Task<void> farewell(specs::Key key);
    Task<void> repeat_farewell(std::string identity);
    void leave(github::Report report);
    [[nodiscard]] Instant retry_at(Error const& error, unsigned failures) const;

    Controller& controller_;
    github::Feedback& feedback_;
    Clock& clock_;
    Log& log_;
    FeedbackLoopOptions options_;
    std::map<specs::Key, Told> told_;
    std::map<std::string, Farewell> farewells_;  ///< by identity
    TaskGroup tasks_;
};

}  // namespace dayfly::reconcile
