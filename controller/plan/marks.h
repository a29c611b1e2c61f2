// Ownership, proved: what we write on things that are ours, and what counts as proof when we read it back.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "controller/fly/observed.h"
#include "controller/plan/names.h"

namespace dayfly::plan {

inline constexpr char owner_key[] = "dayfly_owner";
inline constexpr char environment_key[] = "dayfly_environment";  ///< namespace/name
inline constexpr char spec_key[] = "dayfly_spec";                ///< hash of the machine config that was last applied
inline constexpr char process_key[] = "dayfly_process";
inline constexpr char revision_key[] = "dayfly_revision";          ///< the wanted commit or image
inline constexpr char fork_key[] = "dayfly_fork";                  ///< "true" when the code comes from a fork
inline constexpr char secrets_key[] = "dayfly_secrets";            ///< digest of the secrets the machine was built with
inline constexpr char secret_names_key[] = "dayfly_secret_names";  ///< the secrets that we set, joined by commas
inline constexpr char addresses_key[] = "dayfly_addresses";        ///< the addresses and host names that we asked for
inline constexpr char boot_key[] = "dayfly_boot";                  ///< how the boot of a git source ended, see boot_mark()
inline constexpr char mount_key[] = "dayfly_mount";                ///< where the volume is mounted
inline constexpr char volume_size_key[] = "dayfly_volume_gb";      ///< the size that the spec asked for
inline constexpr char asleep_key[] = "dayfly_asleep";              ///< put to sleep: "idle" by its clock, or "hand"
inline constexpr char deletion_key[] = "dayfly_deletion";          ///< deletion policy when it is not "delete"

/// The key of an app that carries this owner's mark and of whose environment nothing is known: no namespace, the app's own
/// name.
[[nodiscard]] inline specs::Key unknown_environment(std::string app) { return {.namespace_ = {}, .name = std::move(app)}; }

/// True when the machine carries this owner's and this environment's mark; for an unknown environment the owner's suffices.
[[nodiscard]] bool is_ours(fly::StringMap const& metadata, std::string_view owner, specs::Key const& key);
/// True when it carries this owner's mark, whatever the environment.
[[nodiscard]] bool is_owners(fly::StringMap const& metadata, std::string_view owner);

/// The value of a mark; empty when it is not there.
[[nodiscard]] std::string const& mark_of(fly::StringMap const& metadata, char const* key);
/// The names in a mark that holds several, joined by commas.
[[nodiscard]] std::set<std::string> names_in(std::string_view mark);

/// The mark's word for a program that came up; every other word is the reason why it did not, such as BuildFailed.
inline constexpr char booted[] = "up";
/// What is written under boot_key when it is known how the boot of that version ended. It makes the answer outlive this
/// process.
[[nodiscard]] std::string boot_mark(std::string_view version, std::string_view word);
/// The word of the machine's boot mark; empty when there is none for its present version.
[[nodiscard]] std::string boot_word(fly::ObservedMachine const& machine);

/// What an app proves about whose it is.
enum class Proof {
    Ours,      ///< its network is this environment's mark, a machine in it carries the mark, or this process created it for it
    Unproven,  ///< nothing says so: never write to it, never delete it
};

[[nodiscard]] Proof prove_app(fly::Observed const& observed, Ownership const& ownership, specs::Key const& key);

}  // namespace dayfly::plan
