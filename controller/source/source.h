// Where specs come from. A source publishes whole snapshots, never single events; a snapshot knows whether it is complete.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/result.h"
#include "specs/environment.h"
#include "specs/load.h"

namespace dayfly::source {

struct Snapshot {
    std::string source;    ///< the source's name: "dir:envs" or the endpoint's URL without credentials
    std::string revision;  ///< git hash of the link, ConfigMap generation, ETag or the endpoint's own word; may be empty
    std::string digest;    ///< over all contents: equal digests mean that nothing changed
    /// Everything there is was read, and the source says (directory: proved; endpoint: declared) that this is all. Only a
    /// complete snapshot can say that an environment is gone.
    bool complete = false;
    /// Why the source cannot be read now; empty when it was read. The rest is then what was known last, and never complete.
    std::string unreadable;
    /// Read whole and well from an endpoint that never says whether that is all: not complete, but nothing is wrong with it.
    bool upsert_only = false;
    std::vector<specs::PreviewEnvironment> environments;
    std::vector<specs::Problem> problems;
    std::vector<specs::Note> notes;
    /// Objects that are there but have problems: their last good state is to be kept, and they are not absent.
    std::vector<specs::Key> broken;
    WallTime read_at{};
};

/// What a source tells apart from snapshots, for status and metrics.
struct SourceStatus {
    std::string source;
    bool up = false;      ///< the last attempt gave a snapshot (changed or not)
    std::string problem;  ///< why not, when not
    WallTime last_success{};
    WallTime last_change{};
    std::uint64_t published = 0;  ///< counts, by result, of what became of the attempts
    std::uint64_t unchanged = 0;
    std::uint64_t discarded_race = 0;  ///< the tree moved while it was read
    std::uint64_t rejected = 0;        ///< looked empty or vanished where it was not before
    std::uint64_t errors = 0;
    std::uint64_t watch_events = 0;
    std::uint64_t watch_overflows = 0;
    bool polling = false;  ///< no hints of changes come; they are found at regular intervals only
};

/// True when `next` says something that `before` (null: nothing) did not: other contents, another completeness, another reason
/// why it is not complete.
[[nodiscard]] bool is_news(Snapshot const* before, Snapshot const& next);

/// What was `read` last, as all that can be said while the source cannot be read.
[[nodiscard]] std::shared_ptr<Snapshot const> while_unreadable(Snapshot const& read, std::string reason);

/// Called on the program's one thread with every new snapshot (is_news), and on each confirmation of an unchanged one with
/// `changed == false`: absence counts only after two complete looks. A source that was read before and now fails publishes what
/// it read last as incomplete: else an object that moves from another source into this one would look like gone.
using Publish = std::function<void(std::shared_ptr<Snapshot const> snapshot, bool changed)>;

class Source {
public:
    Source() = default;
    Source(Source const&) = delete;
    Source& operator=(Source const&) = delete;
    virtual ~Source() = default;

    [[nodiscard]] virtual std::string const& name() const = 0;
    [[nodiscard]] virtual SourceStatus const& status() const = 0;
    /// Reads once, now, without watching: what the one-shot commands use.
    virtual Task<Result<std::shared_ptr<Snapshot const>>> read_once() = 0;
    /// Watches and publishes until cancelled.
    virtual Task<void> run(Publish publish) = 0;
    /// Look now (webhook, manual reconcile); may be called at any time.
    virtual void poke() = 0;
};

}  // namespace dayfly::source
