// See plan_lines.h.
#include "tests/golden/plan_lines.h"

#include <fmt/format.h>

#include "controller/plan/marks.h"

namespace dayfly::golden {
namespace {

std::string_view symbol(plan::Effect effect) {
    switch (effect) {
        case plan::Effect::Create: return "+";
        case plan::Effect::Update: return "~";
        case plan::Effect::Replace: return "±";
        case plan::Effect::Delete: return "-";
        case plan::Effect::Wait: return "…";
    }
    return "?";
}

std::string one_line(std::string text) {
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) text.replace(at, 1, "\\n");
    return text;
}

/// What the step's one line does not say but a reviewer wants to know.
std::string details(plan::Operation const& operation) {
    return std::visit(
        plan::Overloaded{
            [](plan::CreateApp const& step) { return fmt::format(" in {}, network {}", step.organization, step.network); },
            [](plan::SetSecrets const& step) {
                return step.removed.empty() ? std::string{} : fmt::format(" (removed: {})", fmt::join(step.removed, ", "));
            },
            [](plan::ExtendVolume const& step) { return fmt::format(" to {} GB", step.size_gb); },
            [](plan::CreateMachine const& step) {
                return fmt::format(" in {}{}", step.region, step.volume_id.empty() ? "" : " on " + step.volume_id);
            },
            [](plan::UpdateMachine const& step) {
                return fmt::format("{}{}", step.volume_id.empty() ? "" : " on " + step.volume_id,
                                   step.leave_stopped ? ", left asleep"
                                   : step.start_after ? ", to be started"
                                                      : "");
            },
            [](plan::SetMetadata const& step) { return fmt::format(" {}={}", step.key, step.value); },
            [](auto const&) { return std::string{}; },
        },
        operation);
}

std::string config_lines(plan::DesiredMachine const& machine) {
    std::string text;
    for (auto const& [path, value] : plan::canonical_fields(machine.config)) {
        text += fmt::format("        {} = {}\n", path, one_line(value));
    }
    for (auto const& [name, value] : machine.config.metadata) {
        // The hash covers the whole config; it would say twice what the lines above say.
        text += fmt::format("        metadata.{} = {}\n", name, name == plan::spec_key ? "<hash>" : value);
    }
    return text;
}

}  // namespace

std::string plan_lines(plan::Plan const& plan, bool with_config) {
    std::string text = fmt::format("app {}\n", plan.app);
    if (!plan.needs_look.empty()) text += fmt::format("look first: {}\n", plan.needs_look);
    if (!plan.waiting_for.empty()) text += fmt::format("wait for {}\n", plan.waiting_for);
    for (auto const& blocked : plan.blocked) text += fmt::format("blocked {}: {}\n", blocked.reason, blocked.message);
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        text += fmt::format("stage {}\n", i + 1);
        for (auto const& step : plan.stages[i].steps) {
            auto const subject = plan::subject_of(step.operation);
            text += fmt::format("    {} {}{}{}{}{}\n", symbol(step.effect), plan::name_of(step.operation),
                                subject.empty() ? "" : " ", subject, details(step.operation),
                                step.reason.empty() ? "" : "  # " + step.reason);
            for (auto const& field : step.fields) {
                text += fmt::format("        {}: {} -> {}\n", field.path, field.from.empty() ? "none" : one_line(field.from),
                                    field.to.empty() ? "none" : one_line(field.to));
            }
            if (auto const* create = std::get_if<plan::CreateMachine>(&step.operation); create != nullptr && with_config) {
                text += config_lines(create->machine);
            }
        }
    }
    if (plan.empty()) text += "nothing to do\n";
    return text;
}

}  // namespace dayfly::golden
