// See tombstone.h.
#include "controller/plan/tombstone.h"

#include "controller/base/digest.h"
#include "specs/render.h"

namespace dayfly::plan {
namespace {

constexpr char prefix[] = "DAYFLY_EXPIRED_";
constexpr std::size_t hash_length = 16;

}  // namespace

std::string tombstone_name(specs::PreviewEnvironment const& environment, Revision const& revision) {
    auto asked_for = environment;
    asked_for.labels.clear();
    return prefix + short_hash(specs::to_yaml(asked_for) + '\n' + revision.commit, hash_length);
}

std::set<std::string> tombstones_in(std::vector<fly::AppSecret> const& secrets) {
    std::set<std::string> names;
    for (auto const& secret : secrets) {
        if (secret.name.starts_with(prefix)) names.insert(secret.name);
    }
    return names;
}

}  // namespace dayfly::plan
