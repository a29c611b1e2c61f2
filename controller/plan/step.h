// The steps of a plan: plain data, each safe to repeat. What a step is for and what it changes travels with it, for people.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/fly/types.h"
#include "controller/plan/canonical.h"
#include "controller/plan/desired.h"

namespace dayfly::plan {

struct CreateApp {
    std::string organization;
    std::string network;
};
struct AssignIp {
    fly::IpType type;
};
struct ReleaseIp {
    fly::Ip ip;
};
/// The values are fetched by name at execution; a plan never holds them.
struct SetSecrets {
    std::set<std::string> names;
    std::set<std::string> removed;
};
struct CreateCertificate {
    std::string hostname;
};
struct DeleteCertificate {
    std::string hostname;
};
struct CreateVolume {
    DesiredVolume volume;
    std::string region;
};
struct ExtendVolume {
    std::string id;
    std::string name;
    int size_gb;
};
struct SnapshotVolume {
    std::string id;
    std::string name;
    bool or_recent = false;  ///< one of the last hour will do
};
struct DeleteVolume {
    std::string id;
    std::string name;
};
struct CreateMachine {
    DesiredMachine machine;
    std::string region;
    std::string volume_id;  ///< empty although machine.volume is set: the volume of that name made by an earlier stage
};
struct UpdateMachine {
    std::string id;
    std::string current_version;
    DesiredMachine machine;
    std::string volume_id;
    bool leave_stopped = false;
    bool start_after = false;  ///< it is not up now, so Fly will not start its new version
};
struct StartMachine {
    std::string id;
    std::string name;
};
/// Puts a machine to sleep; its program gets the time to end that Fly gives it.
struct StopMachine {
    std::string id;
    std::string name;
};
/// Puts it to sleep with its memory kept. Fly: only a started machine, with at most 2 GB.
struct SuspendMachine {
    std::string id;
    std::string name;
};
struct DestroyMachine {
    std::string id;
    std::string name;
};
/// Neither restarts the machine nor changes its version.
struct SetMetadata {
    std::string id;
    std::string name;
    std::string key;
    std::string value;
};
/// Ends when the machine has started; never blocks anybody else meanwhile.
struct AwaitStarted {
    std::string name;
    std::string id;       ///< empty: the machine of that name made by an earlier stage
    std::string version;  ///< empty: the version made by an earlier stage, else the current one
};
/// Leaves a secret of the name `retained_secret` in an app that is kept for its snapshots: apps have no labels, secret names
/// are readable, and this mark outlives the machines.
struct MarkRetained {};
/// Leaves a secret named `tombstone` in the app of an environment that has expired, and takes back the secrets that we set.
struct MarkExpired {
    std::string tombstone;
    std::set<std::string> removed;
};
struct DeleteApp {};

inline constexpr char retained_secret[] = "DAYFLY_RETAINED";

using Operation =
    std::variant<CreateApp, AssignIp, ReleaseIp, SetSecrets, CreateCertificate, DeleteCertificate, CreateVolume, ExtendVolume,
                 SnapshotVolume, DeleteVolume, CreateMachine, UpdateMachine, StartMachine, StopMachine, SuspendMachine,
                 DestroyMachine, SetMetadata, AwaitStarted, MarkRetained, MarkExpired, DeleteApp>;

/// What a step means to a reader of the plan.
enum class Effect { Create, Update, Replace, Delete, Wait };

struct Step {
    Operation operation;
    Effect effect = Effect::Create;
    std::string reason = {};               ///< "not there", "image differs", …
    std::vector<FieldChange> fields = {};  ///< for updates, as far as they are known
};

/// "create_machine": the word for logs and metrics.
[[nodiscard]] std::string_view name_of(Operation const& operation);
/// "machine", "volume", …: the kind of resource it is about.
[[nodiscard]] std::string_view kind_of(Operation const& operation);
/// "web-0", "shared_v4", …: which one.
[[nodiscard]] std::string subject_of(Operation const& operation);
/// What a difference is about, for people and metrics: image, guest, env, mounts, services, secrets, ip, missing, extra, state,
/// marks or config. `path`: the field that differs, when the step changes one.
[[nodiscard]] std::string_view drift_group(Operation const& operation, std::string_view path);
/// True when it can end a resource's life.
[[nodiscard]] bool is_destructive(Operation const& operation);

/// `std::visit(Overloaded{…}, operation)`.
template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

}  // namespace dayfly::plan
