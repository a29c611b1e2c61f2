// Variables, the names they refer to, and secrets.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <vector>

#include "specs/nearest.h"
#include "specs/references.h"
#include "specs/rules.h"

namespace dayfly::specs {
namespace {

/// For each variable the ones that its value leads to, directly or through others. `env` is bounded by its field.
class Reach {
public:
    void add(std::size_t from, std::size_t to) { rows_[from].set(to); }

    void follow(std::size_t count) {
        for (std::size_t middle = 0; middle < count; ++middle) {
            for (std::size_t from = 0; from < count; ++from) {
                if (rows_[from][middle]) rows_[from] |= rows_[middle];
            }
        }
    }
    [[nodiscard]] bool leads_back(std::size_t variable) const { return rows_[variable][variable]; }

private:
    std::array<std::bitset<most_variables>, most_variables> rows_;
};

void check_references(StringMap const& env, std::string const& path, Findings& findings) {
    std::vector<std::string_view> known(built_in_variables.begin(), built_in_variables.end());
    std::map<std::string_view, std::size_t> own;
    for (auto const& [name, value] : env) own.emplace(name, own.size());
    for (auto const& [name, index] : own) known.push_back(name);
    Reach reach;
    bool any_of_own = false;
    for (auto const& [name, value] : env) {
        auto const place = fmt::format("{}.{}", path, name);
        for (auto const& reference : referenced_names(value)) {
            if (auto const target = own.find(reference); target != own.end()) {
                reach.add(own.at(name), target->second);
                any_of_own = true;
                continue;
            }
            if (std::ranges::find(built_in_variables, reference) != built_in_variables.end()) continue;
            auto const near = findings.may_suggest() ? nearest(reference, known) : std::string_view();
            findings.report(place, fmt::format("$({}) names no variable; {} $$( for a plain $(", excerpt(reference),
                                               near.empty() ? std::string("define it in env, or write")
                                                            : fmt::format("did you mean $({})? Write", near)));
        }
    }
    if (!any_of_own) return;
    reach.follow(own.size());
    for (auto const& [name, index] : own) {
        if (reach.leads_back(index)) {
            findings.report(fmt::format("{}.{}", path, name), fmt::format("'{}' refers to itself; break the circle", name));
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
    known.reserve(spec.secrets.size());
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
