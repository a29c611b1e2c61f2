// The canonical form of a machine config: a flat list of the fields that we own, equal for everything that Fly may echo for
// the same wish. Diffs and the spec hash both come from it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/fly/types.h"

namespace dayfly::plan {

/// "services[0].internal_port" -> "8080". Without metadata and without the mounted volume's id, which Fly may change on
/// migration.
using Fields = std::map<std::string, std::string>;
[[nodiscard]] Fields canonical_fields(fly::MachineConfig const& config);

/// 16 hex digits over the canonical fields.
[[nodiscard]] std::string config_hash(fly::MachineConfig const& config);

struct FieldChange {
    std::string path;
    std::string from;  ///< empty: absent
    std::string to;    ///< empty: absent
    friend bool operator==(FieldChange const&, FieldChange const&) = default;
};

/// What has to change to make `observed` into `desired`.
[[nodiscard]] std::vector<FieldChange> config_changes(fly::MachineConfig const& observed, fly::MachineConfig const& desired);

}  // namespace dayfly::plan
