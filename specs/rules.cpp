// Defaults that depend on other fields, and the rules that belong to no larger subject.
#include "specs/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/machine_sizes.h"
#include "controller/base/time_text.h"

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
    auto const keep_until = environment.annotations.find(keep_until_annotation);
    if (keep_until != environment.annotations.end() && !parse_rfc3339(keep_until->second)) {
        findings.report(fmt::format("metadata.annotations.{}", keep_until_annotation),
                        "is not a moment in RFC 3339; write it as \"2026-10-01T18:00:00Z\"");
    }
    check_names(environment.spec, findings);
    check_regions(environment.spec, findings);
    check_service(environment.spec, findings);
    check_machines(environment.spec, findings);
    check_variables(environment.spec, findings);
}

}  // namespace dayfly::specs
