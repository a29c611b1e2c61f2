// Variables, the names they refer to, and secrets.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "specs/nearest.h"
#include "specs/references.h"
#include "specs/rules.h"

namespace dayfly::specs {
namespace {

/// Whether following references from `name` leads back to it. `visited` bounds the walk.
bool refers_to_itself(StringMap const& env, std::string const& name, std::string const& at, std::set<std::string>& visited) {
    auto const found = env.find(at);
    if (found == env.end() || !visited.insert(at).second) return false;
    for (auto const& next : referenced_names(found->second)) {
        if (next == name || refers_to_itself(env, name, next, visited)) return true;
    }
    return false;
}

void check_references(StringMap const& env, std::string const& path, Findings& findings) {
    std::vector<std::string_view> known(built_in_variables.begin(), built_in_variables.end());
    for (auto const& [name, value] : env) known.push_back(name);
    for (auto const& [name, value] : env) {
        auto const place = fmt::format("{}.{}", path, name);
        for (auto const& reference : referenced_names(value)) {
            if (std::ranges::find(known, reference) != known.end()) continue;
            auto const near = nearest(reference, known);
            findings.report(place, fmt::format("$({}) names no variable; {} $$( for a plain $(", reference,
                                               near.empty() ? std::string("define it in env, or write")
                                                            : fmt::format("did you mean $({})? Write", near)));
        }
        std::set<std::string> visited;
        if (refers_to_itself(env, name, name, visited)) {
            findings.report(place, fmt::format("'{}' refers to itself; break the circle", name));
        }
    }
}

void check_secrets(Spec const& spec, Findings& findings) {
    std::map<std::string, std::size_t> first;
    for (std::size_t index = 0; index < spec.secrets.size(); ++index) {
        auto const& secret = spec.secrets[index];
        auto const path = fmt::format("spec.secrets[{}]", index);
        if (findings.failed(path)) continue;
        auto const [earlier, inserted] = first.try_emplace(secret.name, index);
        if (!inserted) {
            findings.report(path + ".name",
                            fmt::format("'{}' is secrets[{}] too; keep one of them", secret.name, earlier->second));
        }
        if (spec.env.contains(secret.name)) {
            findings.report(path + ".name", fmt::format("'{}' is a variable in env too; keep one of them", secret.name));
        }
        if (!secret.secret.empty() && secret.key.empty()) {
            findings.report(path + ".from.key", "is missing; name the key within the Kubernetes Secret");
        }
        if (secret.secret.empty() && !secret.key.empty()) {
            findings.report(path + ".from.key", "has a meaning only beside secret; remove it");
        }
    }
}

void check_fork_secrets(Spec const& spec, Findings& findings) {
    if (findings.failed("spec.forkSecrets") || findings.failed("spec.secrets")) return;
    std::vector<std::string_view> known;
    for (auto const& secret : spec.secrets) known.push_back(secret.name);
    for (std::size_t index = 0; index < spec.fork_secrets.size(); ++index) {
        auto const& name = spec.fork_secrets[index];
        if (std::ranges::find(known, name) != known.end()) continue;
        auto const near = nearest(name, known);
        findings.report(fmt::format("spec.forkSecrets[{}]", index),
                        fmt::format("'{}' is none of the secrets{}", name,
                                    near.empty() ? "; name one of them" : fmt::format(", did you mean '{}'?", near)));
    }
}

}  // namespace

void check_variables(Spec const& spec, Findings& findings) {
    check_references(spec.env, "spec.env", findings);
    for (auto const& [name, companion] : spec.companions) {
        check_references(companion.env, fmt::format("spec.companions.{}.env", name), findings);
    }
    check_secrets(spec, findings);
    check_fork_secrets(spec, findings);
}

}  // namespace dayfly::specs
