// See names.h.
#include "controller/plan/names.h"

#include <algorithm>

#include "controller/base/digest.h"

namespace dayfly::plan {
namespace {

constexpr std::size_t hash_length = 8;
constexpr std::size_t max_app_name = 62;

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

std::string hash_in_network(std::string_view owner, std::string_view network) {
    auto const prefix = network_name(owner, "");
    if (!network.starts_with(prefix)) return {};
    auto const hash = network.substr(prefix.size());
    // An owner "a" must not read the marks of an owner "a-b" as its own: nothing but a hash may follow.
    bool const well_formed = hash.size() == hash_length &&
                             std::ranges::all_of(hash, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
    return well_formed ? std::string(hash) : std::string{};
}

std::string machine_name(std::string_view process, int ordinal) { return std::string(process) + '-' + std::to_string(ordinal); }

std::string volume_name(std::string_view process, int ordinal) {
    auto name = std::string(process) + '_' + std::to_string(ordinal);
    std::ranges::replace(name, '-', '_');
    return name;
}

}  // namespace dayfly::plan
