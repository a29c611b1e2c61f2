// A Fly to run against: requests in, answers out, on a clock that others read. Pure and deterministic: no I/O, no time of its
// own, all chance from the seed. fly_sim/in_process_wire.h and fly_sim/front.h put it behind the client's wire and behind HTTP.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/fly_sim/backends.h"
#include "controller/fly_sim/external.h"
#include "controller/fly_sim/faults.h"
#include "controller/fly_sim/journal.h"
#include "controller/fly_sim/options.h"
#include "controller/fly_sim/outcome.h"
#include "controller/fly_sim/rate_limits.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

struct Exchange;
struct Route;

class Cloud {
public:
    explicit Cloud(CloudOptions options = {});
    ~Cloud();
    Cloud(Cloud const&) = delete;
    Cloud& operator=(Cloud const&) = delete;

    /// Answers one request at `now`, which must not go back. What is due by then has happened before it is looked at.
    Outcome handle(http::Request const& request, Instant now, WallTime wall);
    /// Looks again at a long poll.
    Outcome resume(Pending const& pending, Instant now, WallTime wall);
    /// Lets happen what is due until `now`, each at its own moment.
    void advance(Instant now);
    /// From now on its machines' programs are run by `runtime`, which must be detached before it goes. Machines that are
    /// started, as a loaded state may have them, are launched now: their host came up again.
    void attach(Runtime& runtime, Instant now);
    void detach() { state_.runtime = nullptr; }
    /// Reports of the runtime, at the moment they happen. A machine that is gone by then is passed over.
    void process_exited(std::string const& machine, Exit const& exit, Instant now);
    void add_log(std::string const& machine, std::string message, Instant now);
    /// What the metrics are made of; requests through a proxy in front of the machines are put in here.
    [[nodiscard]] Traffic& traffic() { return state_.traffic; }
    /// What the proxy in front of that app can send requests to; nothing when there is no such app.
    [[nodiscard]] std::optional<std::vector<Backend>> backends(std::string const& app) const;
    /// What a real look at the machine's checks found.
    void checks_seen(std::string const& machine, bool passing, std::string output, Instant now);

    /// The earliest moment something happens by itself.
    [[nodiscard]] std::optional<Instant> next_event() const { return state_.schedule.next(); }

    [[nodiscard]] Faults& faults() { return faults_; }
    /// Everything that others do to Fly; at the time of the last request or advance().
    [[nodiscard]] External external() { return External(state_); }
    /// May be changed while running; the next request sees it.
    [[nodiscard]] CloudOptions& options() { return state_.options; }
    [[nodiscard]] Witness const& witness() const { return state_.witness; }
    /// The most machines that an app ever had at one instant.
    [[nodiscard]] std::size_t peak_machines(std::string const& app) const { return state_.witness.peak_machines(app); }
    /// Billable duplicates seen at any instant; empty is the only good answer.
    [[nodiscard]] std::vector<std::string> const& violations() const { return state_.witness.violations(); }

    [[nodiscard]] Journal const& journal() const { return journal_; }
    /// Requests by action ("create_machine"), refused ones too.
    [[nodiscard]] std::uint64_t count(std::string_view action) const { return journal_.count(action); }
    /// Requests that may change something.
    [[nodiscard]] std::uint64_t writes() const { return journal_.writes(); }
    void reset_journal() { journal_.reset(); }

    /// Everything that exists, as it really is: {"apps":{name:{…,"machines":[…],"volumes":[…],"ips":[…],"secrets":{…}}}}.
    /// Secrets with names and digests only. Destroyed machines and volumes on their way out are left out.
    [[nodiscard]] Json snapshot() const;
    [[nodiscard]] std::optional<std::string> secret_value(std::string const& app, std::string const& name) const;

    /// The whole state for a file, and back. Rate limits, the journal and faults are not part of it; lists have caught up in
    /// it.
    [[nodiscard]] Json save_state() const;
    /// Unexpected: what was wrong; the cloud is then unchanged. Transitions go on from `now`.
    [[nodiscard]] std::expected<void, std::string> load_state(Json const& saved, Instant now, WallTime wall);

private:
    Outcome answer(Exchange& exchange, Route const& route, std::vector<Fault> const& struck);
    std::optional<Answer> refuse_before(Exchange const& exchange, Route const& route, std::vector<Fault> const& struck);
    void apply(Due const& due);
    void finish(Answer& answer, std::vector<Fault> const& struck, std::uint64_t journal_entry);
    void dress(Answer& answer);

    State state_;
    Faults faults_;
    RateLimits rate_limits_;
    Journal journal_;
};

}  // namespace dayfly::fly_sim
