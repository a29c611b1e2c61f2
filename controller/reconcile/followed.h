// The loop as the follower of repositories sees it: who follows what, and the three things it may change there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/base/result.h"
#include "controller/base/signal.h"
#include "controller/plan/revision.h"
#include "controller/reconcile/environment.h"
#include "specs/environment.h"

namespace dayfly::reconcile {

struct FollowedEnvironment {
    specs::Key key;
    std::shared_ptr<specs::PreviewEnvironment const> spec;  ///< with a git source
    std::string ending;                                     ///< the reason of its ending; "" when it has none
};

class Followed {
public:
    Followed() = default;
    Followed(Followed const&) = delete;
    Followed& operator=(Followed const&) = delete;
    virtual ~Followed() = default;

    /// False until it is known what runs: a commit that is told before could replace what need not be replaced.
    [[nodiscard]] virtual bool ready() const = 0;
    [[nodiscard]] virtual std::vector<FollowedEnvironment> environments() const = 0;
    /// Nothing when it is not there any more.
    [[nodiscard]] virtual std::optional<FollowedEnvironment> find(specs::Key const& key) const = 0;
    /// What the environment runs, or was told to; without a commit when nothing is known to run.
    [[nodiscard]] virtual plan::Revision running(specs::Key const& key) const = 0;
    /// Notified whenever environments() may have changed.
    [[nodiscard]] virtual Signal& changed() = 0;

    // As of Controller.
    virtual void set_revision(specs::Key const& key, plan::Revision const& revision) = 0;
    virtual void set_source_problem(specs::Key const& key, std::string const& reason, std::string const& message) = 0;
    virtual void hold_back(specs::Key const& key, HeldCommit const& held, std::string const& message) = 0;
    virtual void set_ending(specs::Key const& key, std::optional<Ending> ending) = 0;
    virtual Result<void> put_to_sleep(specs::Key const& key, std::string const& cause) = 0;
    virtual Result<void> wake(specs::Key const& key, std::string const& cause) = 0;
};

class Controller;

/// The controller itself, which must outlive this.
class FollowedController final : public Followed {
public:
    FollowedController(Controller& controller, std::string owner) : controller_(controller), owner_(std::move(owner)) {}

    [[nodiscard]] bool ready() const override;
    [[nodiscard]] std::vector<FollowedEnvironment> environments() const override;
    [[nodiscard]] std::optional<FollowedEnvironment> find(specs::Key const& key) const override;
    [[nodiscard]] plan::Revision running(specs::Key const& key) const override;
    [[nodiscard]] Signal& changed() override;
    void set_revision(specs::Key const& key, plan::Revision const& revision) override;
    void set_source_problem(specs::Key const& key, std::string const& reason, std::string const& message) override;
    void hold_back(specs::Key const& key, HeldCommit const& held, std::string const& message) override;
    void set_ending(specs::Key const& key, std::optional<Ending> ending) override;
    Result<void> put_to_sleep(specs::Key const& key, std::string const& cause) override;
    Result<void> wake(specs::Key const& key, std::string const& cause) override;

private:
    Controller& controller_;
    std::string owner_;
};

}  // namespace dayfly::reconcile
