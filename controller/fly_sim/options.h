// How the simulated Fly behaves: its times, its limits, and one switch for each thing nobody outside Fly knows for sure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"

namespace dayfly::fly_sim {

/// How long things take. `jitter` stretches or shrinks each by up to that share, from the seed.
struct Timings {
    milliseconds boot{2'000};                ///< created -> started; the first half in `created`, the second in `starting`
    milliseconds prepare{1'000};             ///< created -> stopped with skip_launch
    milliseconds start{1'000};               ///< stopped or suspended -> started
    milliseconds stop{1'000};                ///< stopping -> stopped
    milliseconds suspend{1'000};             ///< suspending -> suspended
    milliseconds replace{2'000};             ///< an update: until the old version is out; then `start` again
    milliseconds destroy{1'000};             ///< destroying -> destroyed
    milliseconds startable_after{8'000};     ///< after a stop is done, start is refused (412) for so long
    milliseconds volume_release{2'000};      ///< the machine is destroyed, its volume still bound
    milliseconds destroyed_visible{60'000};  ///< GET still answers 200 `destroyed`; then 404
    milliseconds app_deletion{1'000};        ///< 202 until the app and all it holds are gone
    milliseconds app_name_reuse{2'000};      ///< the app is gone, its name still taken
    milliseconds app_visible{0};             ///< a new app answers 404 (or 401) without the affinity cookie
    milliseconds machine_wait_visible{0};    ///< a new machine answers 404 to wait
    milliseconds list_lag{500};              ///< app, machine, volume and organisation lists trail the truth
    milliseconds secrets_lag{500};           ///< hosts see a secrets version so late, unless min_secrets_version is given
    milliseconds volume_ready{0};            ///< creating -> created
    milliseconds volume_hydration{5'000};    ///< a fork's `hydrating`, a restore's `restoring`
    std::chrono::hours volume_pending_destroy{24};
    milliseconds snapshot_schedule{30'000};  ///< an on-demand snapshot is queued so long; a second one is refused meanwhile
    milliseconds checks_pass{1'000};         ///< after `started`, until health checks pass
    milliseconds certificate_ready{3'000};   ///< pending_validation -> active, when validation succeeds at all
    milliseconds restart_window{300'000};    ///< restarts longer ago no longer count against max_retries
    milliseconds autostop_look{0};  ///< between the proxy's looks for machines without load; 0: it neither stops nor starts any
    milliseconds wait_poll{1'000};  ///< upper bound between two looks of a long poll
    double jitter = 0;              ///< 0.3: each duration times 0.7 to 1.3
};

/// Rate limits as documented: a token bucket per action and identifier.
struct RateLimitOptions {
    bool enabled = true;
    double per_second = 1;
    double burst = 3;
    double get_machine_per_second = 5;
    double get_machine_burst = 10;
    double delete_app_per_minute = 100;
    /// The stricter reading of the docs: create app and the organisation's lists count on the organisation, 1/s, burst 3.
    bool organisation_wide = false;
    double graphql_per_second = 0;  ///< on the organisation or app asked for; 0: no limit, as none is documented
    double graphql_burst = 3;
};

enum class AppAnswer { IdAndTime, WholeApp };
enum class SecretDigest { Hex16, Hex32 };

/// One switch per open question. The defaults are the likeliest answer; tests turn each of them.
struct Quirks {
    bool retry_after_on_429 = false;                         ///< whether 429 carries Retry-After
    int create_capacity_status = 503;                        ///< 503, 409, 412 or 422 for "out of capacity"
    int stale_version_status = 409;                          ///< 409 (staff, 2023) or 412 for a current_version mismatch
    AppAnswer create_app_answer = AppAnswer::IdAndTime;      ///< without ?wait=true
    AppAnswer create_app_wait_answer = AppAnswer::WholeApp;  ///< with ?wait=true; real clients need at least `name`
    bool name_taken_status = true;                           ///< `"status":"name_taken"` in the 422 (since 2026)
    bool delete_app_needs_force = false;                     ///< DELETE without force=true is refused (412) while machines run
    bool echo_restart_object = false;                        ///< no `restart` sent: `{}` echoed instead of nothing
    bool echo_dns_object = false;                            ///< no `dns` sent: `{}` echoed instead of nothing
    bool echo_pointer_zeros = false;  ///< `autostart:false`, `min_machines_running:0` sent explicitly come back
    int start_started_status = 412;   ///< 200 or 412 for starting a started machine
    bool idempotency_key = false;     ///< POST /apps honours idempotency_key
    SecretDigest secret_digest = SecretDigest::Hex16;
    bool secret_digest_stable = true;          ///< false: every write of a secret gives it another digest
    std::size_t metadata_limit = 0;            ///< bytes of one metadata value; 0: none
    std::size_t metadata_key_limit = 0;        ///< bytes of one metadata key; 0: none
    bool metadata_needs_lease = true;          ///< "every write" (docs) of a leased machine needs the nonce, metadata's too
    std::string graphql_code = "NOT_FOUND";    ///< extensions.code of GraphQL errors; empty: no extensions
    std::size_t volume_name_limit = 30;        ///< characters; 0: none
    int shared_v4_twice_status = 422;          ///< 409 or 422 for a second shared_v4; 200 hands out the same one again
    int invisible_app_status = 404;            ///< 404 or 401 while a new app is not visible yet
    bool unmet_secrets_version_waits = false;  ///< min_secrets_version not reached: build later instead of 400
    bool nul_holder = true;                    ///< a volume's just-destroyed holder is shown as 14 NUL bytes
    bool skip_launch_stays_created = false;    ///< docs: may stay `created`; measured: becomes `stopped`
    bool start_while_replacing_lost = false;   ///< accepted and lost instead of 412
    bool compat_checks = false;                ///< bg_deployments_compat* shown among checks
    bool names_in_app_list = true;             ///< the app list carries names (older answers: ids only)
    bool flat_lease = false;                   ///< the OpenAPI document's flat lease instead of the envelope
    bool reaped_machine_wait_is_ok = false;    ///< wait for `destroyed` on a reaped machine: 200 instead of 404
    bool lease_prefix = true;                  ///< `aborted: ` before the lease text (2026-08)
};

/// What regions have. Codes not named here have room for everything.
struct Capacity {
    std::set<std::string> full_for_machines;
    std::set<std::string> full_for_volumes;
    std::map<std::string, std::int64_t> memory_quota_mb;  ///< per region, of the organisation; beyond it 403
    /// How probable it is that a volume made without `compute` lands on a host that has no room for a machine (412).
    double cramped_volume_hosts = 0.5;
    int machines_per_app = 0;  ///< beyond it 422 "please add a payment method"; 0: no limit
};

/// What is said instead of one of the answers that nobody outside Fly has printed; their names stand in fly_sim/guesses.h.
struct Guess {
    int status = 0;    ///< 0: as it would be
    std::string text;  ///< empty: as it would be
};

struct CloudOptions {
    std::uint64_t seed = 1;
    std::vector<std::string> organisations{"personal"};  ///< slugs that the token may use; the first is its own
    std::string token = {};                              ///< empty: any; otherwise everything else is 401
    std::vector<std::string> token_apps = {};            ///< not empty: a deploy token for these apps only
    std::string nearest_region = "fra";
    std::string user = "dayfly@example.com";
    Timings timings = {};
    RateLimitOptions rate_limits = {};
    Quirks quirks = {};
    Capacity capacity = {};
    std::map<std::string, Guess, std::less<>> guesses = {};
    std::set<std::string> missing_images = {};    ///< 400 MANIFEST_UNKNOWN
    std::set<std::string> failing_images = {};    ///< the launch fails: the machine ends in `failed`
    std::set<std::string> unhealthy_images = {};  ///< boots, but its checks stay critical
    bool any_volume_source = false;     ///< forks and restores succeed from ids that were never there: for demonstrations
    std::size_t largest_page = 1000;    ///< of organisation lists
    std::size_t journal_length = 4096;  ///< newest requests kept
    milliseconds metrics_lag{0};        ///< what happened so recently is not in the metrics yet
    bool metrics_missing = false;       ///< every query answers with no series at all
    std::string exec_stdout = "";       ///< the canned answer of exec: exit code 0 and this
};

}  // namespace dayfly::fly_sim
