// What is going to happen by itself: transitions as data, in the order of their moments, so that they can be replayed and
// saved.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "controller/base/clock.h"

namespace dayfly::fly_sim {

struct AppRow;
struct Machine;
struct Volume;

enum class Step : std::uint8_t {
    MachineStarting,
    MachineStarted,
    MachinePrepared,
    MachineStopped,
    MachineSuspended,
    MachineReplaced,
    MachineFailed,
    MachineDestroyed,
    MachineReaped,
    ChecksPass,
    VolumeReady,
    VolumeReleased,
    VolumePendingDestroy,
    VolumeGone,
    SnapshotTaken,
    AppGone,
    NameFree,
    CertificateReady,
    ProxyLook,
    ReplicateMachine,
    ForgetMachine,
    ReplicateVolume,
    ForgetVolume,
    ReplicateApp,
    ForgetApp,
};

struct Due {
    Step step;
    std::string app = {};                         ///< the app's name
    std::string id = {};                          ///< of the machine, volume, snapshot or host name the step is about
    std::uint64_t ticket = 0;                     ///< a machine's step counts only while the machine still holds this ticket
    std::shared_ptr<Machine const> machine = {};  ///< what a list will show, as it was when it was written
    std::shared_ptr<Volume const> volume = {};
    std::shared_ptr<AppRow const> row = {};
};

/// Ordered by moment, then by the order of planning.
class Schedule {
public:
    void add(Instant when, Due due) { queue_.emplace(std::pair{when, ++sequence_}, std::move(due)); }
    [[nodiscard]] std::optional<Instant> next() const {
        return queue_.empty() ? std::nullopt : std::optional(queue_.begin()->first.first);
    }
    /// The earliest step due at `now`, with its own moment.
    [[nodiscard]] std::optional<std::pair<Instant, Due>> take(Instant now) {
        if (queue_.empty() || queue_.begin()->first.first > now) return std::nullopt;
        auto node = queue_.extract(queue_.begin());
        return std::pair{node.key().first, std::move(node.mapped())};
    }
    [[nodiscard]] auto const& all() const { return queue_; }

private:
    std::map<std::pair<Instant, std::uint64_t>, Due> queue_;
    std::uint64_t sequence_ = 0;
};

}  // namespace dayfly::fly_sim
