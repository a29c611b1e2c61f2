// See marks.h.
#include "controller/plan/marks.h"

#include <algorithm>

namespace dayfly::plan {
namespace {

bool carries(fly::StringMap const& metadata, char const* key, std::string_view value) {
    return !value.empty() && mark_of(metadata, key) == value;
}

}  // namespace

std::string const& mark_of(fly::StringMap const& metadata, char const* key) {
    static std::string const none;
    auto const found = metadata.find(key);
    return found == metadata.end() ? none : found->second;
}

std::set<std::string> names_in(std::string_view mark) {
    std::set<std::string> names;
    while (!mark.empty()) {
        auto const comma = mark.find(',');
        if (auto const name = mark.substr(0, comma); !name.empty()) names.emplace(name);
        if (comma == std::string_view::npos) break;
        mark.remove_prefix(comma + 1);
    }
    return names;
}

std::string boot_mark(std::string_view version, std::string_view word) {
    return std::string(version) + ' ' + std::string(word);
}

std::string boot_word(fly::ObservedMachine const& machine) {
    auto const& mark = mark_of(machine.metadata, boot_key);
    bool const of_this_version = !machine.version.empty() && mark.starts_with(machine.version + ' ');
    return of_this_version ? mark.substr(machine.version.size() + 1) : std::string();
}

bool is_owners(fly::StringMap const& metadata, std::string_view owner) { return carries(metadata, owner_key, owner); }

bool is_ours(fly::StringMap const& metadata, std::string_view owner, specs::Key const& key) {
    if (key.namespace_.empty()) return is_owners(metadata, owner);
    return is_owners(metadata, owner) && carries(metadata, environment_key, key.text());
}

Proof prove_app(fly::Observed const& observed, Ownership const& ownership, specs::Key const& key) {
    if (observed.presence != fly::Presence::Present) return Proof::Unproven;
    bool const unknown = key.namespace_.empty();
    if (!observed.created_for.empty() && (unknown || observed.created_for == key.text())) return Proof::Ours;
    auto const& network = observed.app.network;
    if (unknown && is_network_of(ownership.owner, network, observed.app.name)) return Proof::Ours;
    if (!unknown && hash_in_network(ownership.owner, network) == identity_hash(ownership, key)) return Proof::Ours;
    bool const marked_machine = std::ranges::any_of(
        observed.machines, [&](auto const& machine) { return is_ours(machine.metadata, ownership.owner, key); });
    return marked_machine ? Proof::Ours : Proof::Unproven;
}

}  // namespace dayfly::plan
