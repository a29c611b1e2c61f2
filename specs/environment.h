// A PreviewEnvironment as the rest of the program sees it: every default filled in, every rule of load time kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/clock.h"

namespace dayfly::specs {

using Duration = std::chrono::nanoseconds;
using StringMap = std::map<std::string, std::string>;

/// Of one `env`.
inline constexpr std::size_t most_variables = 256;

/// Where an object was read, for messages.
struct Location {
    std::string file;
    int line = 0;    ///< from 1
    int column = 0;  ///< from 1
    friend bool operator==(Location const&, Location const&) = default;
};

/// The identity of an environment: "namespace/name".
struct Key {
    std::string namespace_ = "default";
    std::string name;
    friend auto operator<=>(Key const&, Key const&) = default;
    [[nodiscard]] std::string text() const { return namespace_ + "/" + name; }
};

struct Credentials {
    std::string env;   ///< name of a variable of the controller, or
    std::string file;  ///< name of a file below its secrets directory
    friend bool operator==(Credentials const&, Credentials const&) = default;
};

struct Git {
    std::string repository;                    ///< owner/name on GitHub, or a URL
    std::optional<std::int64_t> pull_request;  ///< at most one of the four; none = the default branch, followed
    std::string branch;
    std::string tag;
    std::string commit;
    std::string path = ".";
    std::vector<std::string> watch;
    std::vector<std::string> wait_for_checks;  ///< waitFor.checks
    std::optional<Credentials> credentials;
    friend bool operator==(Git const&, Git const&) = default;
};

struct Timeouts {
    Duration clone = std::chrono::minutes(2);
    Duration install = std::chrono::minutes(10);
    Duration build = std::chrono::minutes(15);
    Duration start = std::chrono::minutes(5);
    friend bool operator==(Timeouts const&, Timeouts const&) = default;
};

/// For git sources only. An unset command is detected from the repository; "" switches the step off.
struct Runtime {
    std::optional<std::string> image;
    std::optional<std::string> install;
    std::optional<std::string> build;
    std::optional<std::string> start;
    Timeouts timeouts;
    friend bool operator==(Runtime const&, Runtime const&) = default;
};

struct SecretReference {
    std::string name;    ///< the variable the app sees
    std::string env;     ///< from.env, or
    std::string file;    ///< from.file, or
    std::string secret;  ///< from.secret with
    std::string key;     ///< from.key
    bool build = false;  ///< for install and build only
    friend bool operator==(SecretReference const&, SecretReference const&) = default;
};

struct Machine {
    std::string size = "shared-cpu-2x";
    int memory_mb = 1024;
    int count = 1;
    std::string restart = "on-failure";  ///< no | on-failure | always
    friend bool operator==(Machine const&, Machine const&) = default;
};

struct Volume {
    int size_gb = 10;
    std::string mount_path = "/workspace";
    bool snapshots = false;
    std::string from_volume;    ///< from.volume: fork of this volume id
    std::string from_snapshot;  ///< from.snapshot: restore of this snapshot id
    friend bool operator==(Volume const&, Volume const&) = default;
};

struct Health {
    std::string path = "/";
    Duration interval = std::chrono::seconds(15);
    Duration timeout = std::chrono::seconds(5);
    Duration grace = std::chrono::seconds(60);
    friend bool operator==(Health const&, Health const&) = default;
};

enum class Visibility { Public, Private };

struct Service {
    int port = 3000;
    Visibility visibility = Visibility::Public;
    bool force_https = true;
    std::vector<std::string> domains;
    std::optional<Health> health;  ///< unset: Fly runs no check, and Ready means that the machine has started
    friend bool operator==(Service const&, Service const&) = default;
};

struct Process {
    std::string start;                                           ///< the command; required
    Machine machine{.size = "shared-cpu-1x", .memory_mb = 512};  ///< the YAML has `machine.count` as `count` beside `machine`
    friend bool operator==(Process const&, Process const&) = default;
};

struct Companion {
    std::string image;
    StringMap env;
    Machine machine{.size = "shared-cpu-1x", .memory_mb = 512};
    std::optional<Volume> volume;
    friend bool operator==(Companion const&, Companion const&) = default;
};

enum class SleepPolicy { After, Off, Auto };
enum class SleepMode { Stop, Suspend };

struct Sleep {
    SleepPolicy policy = SleepPolicy::After;
    Duration after = std::chrono::hours(1);  ///< with SleepPolicy::After
    SleepMode mode = SleepMode::Stop;
    bool wake_on_request = true;  ///< wake: onRequest | manual
    friend bool operator==(Sleep const&, Sleep const&) = default;
};

enum class DriftPolicy { Correct, Detect };
enum class ClosePolicy { Delete, Sleep, Keep };  ///< onPullRequestClosed
enum class DeletionPolicy { Delete, SnapshotThenDelete, Orphan };

struct GithubFeedback {
    bool deployment = true;
    bool comment = true;
    bool status = true;
    friend bool operator==(GithubFeedback const&, GithubFeedback const&) = default;
};

struct Fly {
    std::string organization;  ///< empty: the controller's
    std::string app_name;      ///< empty: <name>-<hash>
    std::string network;       ///< empty: the environment's own private network, which marks the app as ours
    friend bool operator==(Fly const&, Fly const&) = default;
};

struct Spec {
    bool suspend = false;
    DriftPolicy drift_policy = DriftPolicy::Correct;
    std::optional<Git> git;  ///< exactly one of git and image
    std::string image;
    Runtime runtime;
    StringMap env;
    std::vector<SecretReference> secrets;
    std::vector<std::string> fork_secrets;
    std::string region = "dfw";
    std::vector<std::string> fallback_regions;
    Machine machine;
    std::optional<Volume> volume;                ///< default: 10Gi at /workspace for git, none for an image
    std::optional<Service> service = Service{};  ///< nothing: null in YAML, nothing is served
    std::map<std::string, Process> processes;
    std::map<std::string, Companion> companions;
    Sleep sleep;
    std::optional<Duration> ttl = std::chrono::hours(72);  ///< nothing: "never"
    ClosePolicy on_pull_request_closed = ClosePolicy::Delete;
    DeletionPolicy deletion_policy = DeletionPolicy::Delete;
    GithubFeedback github;
    Fly fly;
    friend bool operator==(Spec const&, Spec const&) = default;
};

struct PreviewEnvironment {
    Key key;
    StringMap labels;
    StringMap annotations;
    Spec spec;
    Location location = {};
    Location name_location = {};  ///< of metadata.name

    /// Same wish, wherever it was written.
    [[nodiscard]] bool same_as(PreviewEnvironment const& other) const {
        return key == other.key && labels == other.labels && annotations == other.annotations && spec == other.spec;
    }
};

inline constexpr char allow_replace_annotation[] = "dayfly.dev/allow-replace";
inline constexpr char allow_replace_yaml[] = "dayfly.dev/allow-replace: \"true\"";  ///< as a person writes it
inline constexpr char reconcile_at_annotation[] = "dayfly.dev/reconcile-at";
inline constexpr char keep_until_annotation[] = "dayfly.dev/keep-until";
inline constexpr char approved_sha_annotation[] = "dayfly.dev/approved-sha";

}  // namespace dayfly::specs
