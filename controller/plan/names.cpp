// See names.h.
#include "controller/plan/names.h"

#include <algorithm>

#include "controller/base/digest.h"

namespace dayfly::plan {
namespace {

constexpr std::size_t hash_length = 8;
constexpr std::size_t max_app_name = 62;

std::string name_hash(std::string_view app) { return short_hash(std::string(app), hash_length); }

/// What follows the owner in a mark: the environment's hash, and that of the app's name where it has one.
std::string_view hashes_in(std::string_view owner, std::string_view network) {
    auto const prefix = network_name(owner, "");
    if (!network.starts_with(prefix)) return {};
    auto const hashes = network.substr(prefix.size());
    // An owner "a" must not read the marks of an owner "a-b" as its own: nothing but hashes may follow.
    bool const well_formed =
        (hashes.size() == hash_length || hashes.size() == 2 * hash_length) &&
        std::ranges::all_of(hashes, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
    return well_formed ? hashes : std::string_view();
}

}  // namespace

std::string identity_hash(Ownership const& ownership, specs::Key const& key) {
    // A separator that can stand in none of the parts keeps ("a","bc") apart from ("ab","c").
    std::string const identity = ownership.organization + '\n' + ownership.owner + '\n' + key.namespace_ + '\n' + key.name;
    return short_hash(identity, hash_length);
}

std::string app_name(Ownership const& ownership, specs::Key const& key) {
    auto readable = key.name.substr(0, max_app_name - hash_length - 1);
    while (readable.ends_with('-')) readable.pop_back();
    return readable + '-' + identity_hash(ownership, key);
}

std::string network_name(std::string_view owner, std::string_view hash) {
    return "dayfly-" + std::string(owner) + '-' + std::string(hash);
}

std::string network_for(Ownership const& ownership, specs::Key const& key, std::string_view app) {
    auto const hash = identity_hash(ownership, key);
    return network_name(ownership.owner, app.ends_with('-' + hash) ? hash : hash + name_hash(app));
}

std::string hash_in_network(std::string_view owner, std::string_view network) {
    return std::string(hashes_in(owner, network).substr(0, hash_length));
}

bool is_network_of(std::string_view owner, std::string_view network, std::string_view app) {
    auto const hashes = hashes_in(owner, network);
    if (hashes.empty()) return false;
    if (hashes.size() == hash_length) return app.ends_with('-' + std::string(hashes));
    return hashes.substr(hash_length) == name_hash(app);
}

std::string machine_name(std::string_view process, int ordinal) { return std::string(process) + '-' + std::to_string(ordinal); }

std::string volume_name(std::string_view process, int ordinal) {
    auto name = std::string(process) + '_' + std::to_string(ordinal);
    std::ranges::replace(name, '-', '_');
    return name;
}

}  // namespace dayfly::plan
