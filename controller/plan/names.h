// Deterministic names: they are the idempotency keys. Asked twice, Fly can hold a thing of one name only once.
#pragma once

#include <string>
#include <string_view>

#include "specs/environment.h"

namespace dayfly::plan {

/// Whose environments these are; two controllers with different owners never touch each other's apps.
struct Ownership {
    std::string organization;  ///< Fly's slug
    std::string owner = "default";
    friend bool operator==(Ownership const&, Ownership const&) = default;
};

/// Eight characters from organisation, owner, namespace and name.
[[nodiscard]] std::string identity_hash(Ownership const& ownership, specs::Key const& key);

/// "<name>-<hash>", at most 62 characters (Fly: under 63); the readable part is cut, never the hash.
[[nodiscard]] std::string app_name(Ownership const& ownership, specs::Key const& key);

/// "dayfly-<owner>-<hash>": the app's own private network, which both isolates it and marks it as ours.
[[nodiscard]] std::string network_name(std::string_view owner, std::string_view hash);

/// The same for an app of any name: one whose name does not end in the hash is named in the mark as well.
[[nodiscard]] std::string network_for(Ownership const& ownership, specs::Key const& key, std::string_view app);

/// The environment's hash in the mark when `network` is one of this owner's; empty otherwise.
[[nodiscard]] std::string hash_in_network(std::string_view owner, std::string_view network);

/// True when the network was made for an app of just this name. Somebody else's app in it, which wants to reach ours, is not.
[[nodiscard]] bool is_network_of(std::string_view owner, std::string_view network, std::string_view app);

/// "web-0": one name per process and ordinal, unique per app at Fly.
[[nodiscard]] std::string machine_name(std::string_view process, int ordinal);

/// "web_0" with underscores for dashes: Fly allows letters, digits and underscores.
[[nodiscard]] std::string volume_name(std::string_view process, int ordinal);

}  // namespace dayfly::plan
