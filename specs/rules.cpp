// Defaults that depend on other fields, and the rules that belong to no larger subject.
#include "specs/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "controller/base/machine_sizes.h"
#include "controller/base/time_text.h"
#include "specs/formats.h"
#include "specs/nearest.h"

namespace dayfly::specs {
namespace {

void complete_memory(Machine& machine, std::string const& path, Findings const& findings) {
    auto const* const size = find_machine_size(machine.size);
    if (size == nullptr || findings.has(path + ".memory")) return;
    machine.memory_mb = std::clamp(machine.memory_mb, size->min_memory_mb, size->max_memory_mb);
}

void check_names(Spec const& spec, Findings& findings) {
    for (auto const& [name, companion] : spec.companions) {
        if (spec.processes.contains(name)) {
            findings.report("spec.companions." + name,
                            fmt::format("'{}' is a process too; give one of them another name", name));
        }
    }
}

/// Each of Dayfly's own annotations lets something happen, or keeps something from happening: one that is misspelt must not be
/// taken for good.
void check_annotations(StringMap const& annotations, Findings& findings) {
    static constexpr std::array<std::string_view, 4> known{allow_replace_annotation, approved_sha_annotation,
                                                           keep_until_annotation, reconcile_at_annotation};
    for (auto const& [name, value] : annotations) {
        if (!name.starts_with("dayfly.dev/")) continue;
        auto const report = [&, &key = name](std::string message) {
            findings.report(fmt::format("metadata.annotations.{}", key), std::move(message));
        };
        if (std::ranges::find(known, name) == known.end()) {
            report("unknown annotation" + suggestion(name, known));
        } else if (name == keep_until_annotation && !parse_rfc3339(value)) {
            report("is not a moment in RFC 3339; write it as \"2026-10-01T18:00:00Z\"");
        } else if (name == approved_sha_annotation && !matches(whole_commit_hash, value)) {
            report(fmt::format("'{}' is not {}; {}", excerpt(value), whole_commit_hash.name, whole_commit_hash.advice));
        } else if (name == allow_replace_annotation && value != "true" && value != "false") {
            report(fmt::format("'{}' says neither; write \"true\" to allow the loss of a volume, or remove the annotation",
                               excerpt(value)));
        }
    }
}

void check_regions(Spec const& spec, Findings& findings) {
    for (std::size_t index = 0; index < spec.fallback_regions.size(); ++index) {
        auto const path = fmt::format("spec.fallbackRegions[{}]", index);
        if (spec.fallback_regions[index] != spec.region || findings.failed("spec.fallbackRegions") ||
            findings.failed("spec.region"))
            continue;
        findings.report(path, fmt::format("'{}' is the region itself; write another one or remove it", spec.region));
    }
}

void check_service(Spec const& spec, Findings& findings) {
    if (!spec.service || spec.service->domains.empty() || spec.service->visibility == Visibility::Public) return;
    findings.report("spec.service.domains",
                    "a private service has no public address for domains; write visibility: public or remove them");
}

}  // namespace

void complete_defaults(PreviewEnvironment& environment, Findings const& findings) {
    auto& spec = environment.spec;
    if (spec.git && !findings.has("spec.volume")) spec.volume = Volume{};
    complete_memory(spec.machine, "spec.machine", findings);
    for (auto& [name, process] : spec.processes) {
        complete_memory(process.machine, fmt::format("spec.processes.{}.machine", name), findings);
    }
    for (auto& [name, companion] : spec.companions) {
        complete_memory(companion.machine, fmt::format("spec.companions.{}.machine", name), findings);
    }
}

void check_rules(PreviewEnvironment const& environment, Findings& findings) {
    check_annotations(environment.annotations, findings);
    check_names(environment.spec, findings);
    check_regions(environment.spec, findings);
    check_service(environment.spec, findings);
    check_machines(environment.spec, findings);
    check_variables(environment.spec, findings);
}

}  // namespace dayfly::specs
