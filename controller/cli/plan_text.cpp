// See plan_text.h.
#include "controller/cli/plan_text.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "controller/base/printable.h"
#include "controller/fly/sizes.h"

namespace dayfly::cli {
namespace {

using plan::Effect;

std::string_view symbol_of(Effect effect) {
    switch (effect) {
        case Effect::Create: return "+";
        case Effect::Update: return "~";
        case Effect::Replace: return "-/+";
        case Effect::Delete: return "-";
        case Effect::Wait: break;
    }
    return " ";
}

std::string_view word_of(Effect effect) {
    switch (effect) {
        case Effect::Create: return "create";
        case Effect::Update: return "update";
        case Effect::Replace: return "replace";
        case Effect::Delete: return "delete";
        case Effect::Wait: break;
    }
    return "wait";
}

/// What follows the subject: the size of a new machine, where a secret comes from.
std::string detail_of(plan::Operation const& operation) {
    if (auto const* step = std::get_if<plan::CreateMachine>(&operation)) {
        auto const& config = step->machine.config;
        return fmt::format("{} {} MB  {}", fly::size_name(config.guest), config.guest.memory_mb, config.image);
    }
    return {};
}

std::string subject_or_app(plan::Step const& step, plan::Plan const& plan) {
    auto subject = plan::subject_of(step.operation);
    return subject.empty() ? plan.app : subject;
}

std::string change_text(plan::FieldChange const& change) {
    return fmt::format("{} {} -> {}", change.path, change.from.empty() ? "(none)" : printable(change.from),
                       change.to.empty() ? "(none)" : printable(change.to));
}

/// The kind and name of what a step makes or ends as the half of a replacement; empty for other steps.
std::string replaced_by(plan::Operation const& operation) {
    if (auto const* step = std::get_if<plan::CreateMachine>(&operation)) return "machine " + step->machine.name;
    if (auto const* step = std::get_if<plan::CreateVolume>(&operation)) return "volume " + step->volume.name;
    return {};
}
std::string replaced_in(plan::Step const& step) {
    if (step.effect != Effect::Replace) return {};
    if (auto const* gone = std::get_if<plan::DestroyMachine>(&step.operation)) return "machine " + gone->name;
    if (auto const* gone = std::get_if<plan::DeleteVolume>(&step.operation)) return "volume " + gone->name;
    return {};
}

/// The changes as people count them: a replacement is one, told where the new resource is made.
template <class Visit>
void each_change(plan::Plan const& plan, Visit visit) {
    std::map<std::string, std::string> made;  // to the reason why the old one went, once that is known
    auto const each_step = [&](auto const& act) {
        for (auto const& stage : plan.stages) {
            for (auto const& step : stage.steps) act(step);
        }
    };
    each_step([&](plan::Step const& step) {
        if (auto const name = replaced_by(step.operation); !name.empty()) made.try_emplace(name);
    });
    each_step([&](plan::Step const& step) {
        if (auto const old = made.find(replaced_in(step)); old != made.end()) old->second = step.reason;
    });
    each_step([&](plan::Step const& step) {
        if (step.effect == Effect::Wait || made.contains(replaced_in(step))) return;
        auto const old = made.find(replaced_by(step.operation));
        if (old == made.end() || old->second.empty()) return visit(step);
        auto replacement = step;
        replacement.effect = Effect::Replace;
        replacement.reason = old->second;
        visit(replacement);
    });
}

bool has_anything(PlannedEnvironment const& planned) {
    bool any = planned.error != nullptr || !planned.plan.blocked.empty() || !planned.plan.waiting_for.empty();
    each_change(planned.plan, [&](plan::Step const&) { any = true; });
    return any;
}

std::string summary_line(PlanSummary const& summary) {
    auto line = fmt::format("Plan: {} to create, {} to update, {} to replace, {} to delete.", summary.create, summary.update,
                            summary.replace, summary.remove);
    if (summary.blocked > 0) line += fmt::format("  {} blocked.", summary.blocked);
    // Less than this is what adding and taking away leaves of floating point.
    if (std::abs(summary.cost_change_per_hour) >= 0.00005) {
        line += fmt::format("  Cost {}${:.4f} per hour awake.", summary.cost_change_per_hour > 0 ? "+" : "-",
                            std::abs(summary.cost_change_per_hour));
    }
    return line;
}

std::string heading(PlannedEnvironment const& planned) {
    return fmt::format("{}  (app {}, organisation {}, region {})", planned.plan.key.name, planned.plan.app,
                       planned.organization, planned.region);
}

std::string lines_of(PlannedEnvironment const& planned) {
    std::string out;
    each_change(planned.plan, [&](plan::Step const& step) {
        auto line = fmt::format("  {:<3} {:<11} {}", symbol_of(step.effect), plan::kind_of(step.operation),
                                subject_or_app(step, planned.plan));
        if (auto const detail = detail_of(step.operation); !detail.empty()) line += "  " + detail;
        if (step.fields.empty()) {
            if (step.effect != Effect::Create) line += "  (" + step.reason + ")";
        } else {
            bool const restarts = std::holds_alternative<plan::UpdateMachine>(step.operation);
            line += "  " + change_text(step.fields.front());
            if (step.fields.size() > 1) line += fmt::format(" and {} more", step.fields.size() - 1);
            if (restarts) line += " (restart)";
        }
        out += line + "\n";
    });
    for (auto const& blocked : planned.plan.blocked)
        out += fmt::format("  !   {}: {}\n", blocked.reason, printable(blocked.message));
    if (!planned.plan.waiting_for.empty()) out += fmt::format("  ..  waiting for {}\n", planned.plan.waiting_for);
    if (planned.error != nullptr)
        out += fmt::format("  !   {}: {}\n", to_string(planned.error->kind), printable(planned.error->message));
    return out;
}

}  // namespace

PlanSummary summarize(std::vector<PlannedEnvironment> const& plans) {
    PlanSummary summary;
    for (auto const& planned : plans) {
        each_change(planned.plan, [&](plan::Step const& step) {
            switch (step.effect) {
                case Effect::Create: ++summary.create; break;
                case Effect::Update: ++summary.update; break;
                case Effect::Replace: ++summary.replace; break;
                case Effect::Delete: ++summary.remove; break;
                case Effect::Wait: break;
            }
        });
        summary.blocked += static_cast<int>(planned.plan.blocked.size()) + (planned.error != nullptr ? 1 : 0);
        summary.cost_change_per_hour += planned.cost_change_per_hour;
    }
    return summary;
}

std::string plan_text(std::vector<PlannedEnvironment> const& plans) {
    std::string out;
    for (auto const& planned : plans) {
        if (has_anything(planned)) out += heading(planned) + "\n" + lines_of(planned);
    }
    auto const summary = summarize(plans);
    if (!summary.changes() && summary.blocked == 0) return out + "No changes. Fly has what the specs want.\n";
    return out + summary_line(summary) + "\n";
}

std::string plan_markdown(std::vector<PlannedEnvironment> const& plans) {
    auto const summary = summarize(plans);
    std::string out = "### Dayfly plan\n\n";
    if (!summary.changes() && summary.blocked == 0) return out + "No changes.\n";
    out += summary_line(summary) + "\n\n";
    for (auto const& planned : plans) {
        if (!has_anything(planned)) continue;
        out += fmt::format("<details open><summary><b>{}</b> ({})</summary>\n\n```diff\n", planned.plan.key.name,
                           planned.plan.app);
        out += lines_of(planned) + "```\n</details>\n\n";
    }
    return out;
}

nlohmann::ordered_json plan_json(std::vector<PlannedEnvironment> const& plans) {
    using Json = nlohmann::ordered_json;
    auto const summary = summarize(plans);
    auto changes = Json::array();
    for (auto const& planned : plans) {
        each_change(planned.plan, [&](plan::Step const& step) {
            auto fields = Json::array();
            for (auto const& field : step.fields)
                fields.push_back({{"path", field.path}, {"from", field.from}, {"to", field.to}});
            changes.push_back({{"environment", planned.plan.key.text()},
                               {"kind", plan::kind_of(step.operation)},
                               {"id", subject_or_app(step, planned.plan)},
                               {"action", word_of(step.effect)},
                               {"reason", step.reason},
                               {"fields", std::move(fields)}});
        });
        auto const blocked = [&](std::string_view reason, std::string const& message) {
            changes.push_back({{"environment", planned.plan.key.text()},
                               {"kind", "environment"},
                               {"id", planned.plan.app},
                               {"action", "blocked"},
                               {"reason", message},
                               {"fields", Json::array()},
                               {"blockedBy", reason}});
        };
        for (auto const& one : planned.plan.blocked) blocked(one.reason, one.message);
        if (planned.error != nullptr) blocked(to_string(planned.error->kind), planned.error->message);
    }
    return {{"formatVersion", "1"},
            {"summary",
             {{"create", summary.create},
              {"update", summary.update},
              {"replace", summary.replace},
              {"delete", summary.remove},
              {"blocked", summary.blocked}}},
            {"costChangePerHour", summary.cost_change_per_hour},
            {"changes", std::move(changes)}};
}

std::string diff_text(std::vector<PlannedEnvironment> const& plans) {
    std::string out;
    for (auto const& planned : plans) {
        if (!has_anything(planned)) continue;
        out += heading(planned) + "\n";
        each_change(planned.plan, [&](plan::Step const& step) {
            out += fmt::format("  {} {} {}: {}\n", symbol_of(step.effect), plan::kind_of(step.operation),
                               subject_or_app(step, planned.plan), step.reason);
            for (auto const& field : step.fields) {
                if (!field.from.empty()) out += fmt::format("      - {}: {}\n", field.path, printable(field.from));
                if (!field.to.empty()) out += fmt::format("      + {}: {}\n", field.path, printable(field.to));
            }
        });
        for (auto const& blocked : planned.plan.blocked)
            out += fmt::format("  ! {}: {}\n", blocked.reason, printable(blocked.message));
        if (planned.error != nullptr)
            out += fmt::format("  ! {}: {}\n", to_string(planned.error->kind), printable(planned.error->message));
    }
    return out;
}

}  // namespace dayfly::cli
