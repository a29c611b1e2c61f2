// What a machine can have: memory by its size, suspend by its memory, one volume only.
#include <fmt/format.h>

#include "controller/base/machine_sizes.h"
#include "specs/kinds.h"
#include "specs/rules.h"

namespace dayfly::specs {
namespace {

constexpr int most_memory_to_suspend_mb = 2048;

void check_machine(Machine const& machine, std::string const& path, Sleep const& sleep, Findings& findings) {
    if (findings.failed(path)) return;
    auto const* const size = find_machine_size(machine.size);
    if (size == nullptr) return;
    auto const memory_path = path + ".memory";
    auto const memory = machine.memory_mb;
    if (memory < size->min_memory_mb || memory > size->max_memory_mb || memory % size->memory_step_mb != 0) {
        findings.report(memory_path, fmt::format("{} cannot have {}; write {} to {} in steps of {}, or another size",
                                                 machine.size, memory_text(memory), memory_text(size->min_memory_mb),
                                                 memory_text(size->max_memory_mb), memory_text(size->memory_step_mb)));
    } else if (sleep.mode == SleepMode::Suspend && memory > most_memory_to_suspend_mb) {
        findings.report(
            memory_path,
            fmt::format("a machine with {} cannot be suspended; write at most 2Gi, or sleep.mode: stop", memory_text(memory)));
    }
}

}  // namespace

void check_machines(Spec const& spec, Findings& findings) {
    check_machine(spec.machine, "spec.machine", spec.sleep, findings);
    if (spec.volume && spec.machine.count > 1 && !findings.failed("spec.machine.count")) {
        findings.report("spec.machine.count",
                        fmt::format("{} machines cannot share one volume; write count: 1 or volume: null", spec.machine.count));
    }
    for (auto const& [name, process] : spec.processes) {
        check_machine(process.machine, fmt::format("spec.processes.{}.machine", name), spec.sleep, findings);
    }
    for (auto const& [name, companion] : spec.companions) {
        check_machine(companion.machine, fmt::format("spec.companions.{}.machine", name), spec.sleep, findings);
    }
}

}  // namespace dayfly::specs
