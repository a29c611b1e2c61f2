// See narrate.h.
#include "controller/reconcile/narrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace dayfly::reconcile {

std::string_view step_of(plan::Operation const& operation) {
    return std::visit(plan::Overloaded{
                          [](plan::CreateApp const&) { return std::string_view("App"); },
                          [](plan::MarkRetained const&) { return std::string_view("App"); },
                          [](plan::MarkExpired const&) { return std::string_view("App"); },
                          [](plan::DeleteApp const&) { return std::string_view("App"); },
                          [](plan::AssignIp const&) { return std::string_view("Network"); },
                          [](plan::ReleaseIp const&) { return std::string_view("Network"); },
                          [](plan::CreateCertificate const&) { return std::string_view("Network"); },
                          [](plan::DeleteCertificate const&) { return std::string_view("Network"); },
                          [](plan::SetSecrets const&) { return std::string_view("Secrets"); },
                          [](plan::CreateVolume const&) { return std::string_view("Volume"); },
                          [](plan::ExtendVolume const&) { return std::string_view("Volume"); },
                          [](plan::SnapshotVolume const&) { return std::string_view("Volume"); },
                          [](plan::DeleteVolume const&) { return std::string_view("Volume"); },
                          [](plan::StartMachine const&) { return std::string_view("Start"); },
                          [](plan::AwaitStarted const&) { return std::string_view("Start"); },
                          [](auto const&) { return std::string_view("Machine"); },
                      },
                      operation);
}

void describe_wish(Status& status, plan::Desired const& desired, WallTime now) {
    status.app = desired.app;
    status.url = desired.url;
    status.revision_wanted = desired.revision;
    status.cost_per_hour = cost_of(desired);
    if (status.steps.size() == std::size(step_names)) return;
    bool const git = std::ranges::any_of(desired.machines, plan::boots_program);
    bool const volumes = std::ranges::any_of(desired.machines, [](auto const& machine) { return machine.volume.has_value(); });
    for (auto const name : step_names) {
        // What was told of before all of them were listed keeps what it says.
        if (std::ranges::find(status.steps, name, &StepStatus::name) != status.steps.end()) continue;
        bool const skipped = (name == "Network" && desired.ips.empty() && desired.domains.empty()) ||
                             (name == "Secrets" && desired.secret_names.empty()) || (name == "Volume" && !volumes);
        bool const of_program = name == "Clone" || name == "Install" || name == "Build";
        bool const elsewhere = name == "Repository" || name == "Feedback" || (of_program && !git);
        set_step(status, name, skipped || elsewhere ? "Skipped" : "Pending", "", now);
    }
    set_step(status, "Policy", "Done", "", now);
}

void describe_plan(Status& status, plan::Plan const& plan, WallTime now) {
    std::set<std::string_view> pending;
    for (auto const& stage : plan.stages) {
        for (auto const& step : stage.steps) pending.insert(step_of(step.operation));
    }
    bool const blocked = !plan.blocked.empty() || !plan.waiting_for.empty();
    for (auto const name : {"App", "Network", "Secrets", "Volume", "Machine", "Start"}) {
        auto const found = std::ranges::find(status.steps, name, &StepStatus::name);
        if (found == status.steps.end() || found->state == "Skipped") continue;
        if (pending.contains(name)) {
            if (found->state == "Done") set_step(status, name, "Pending", "", now);
        } else if (!blocked && found->state != "Done") {
            set_step(status, name, "Done", "", now);
        }
    }
}

void begin_step(Status& status, plan::Operation const& operation, WallTime now) {
    set_step(status, step_of(operation), "Running", plan::subject_of(operation), now);
}

void end_step(Status& status, plan::Step const& step, Result<void> const& result, WallTime now) {
    auto const subject = plan::subject_of(step.operation);
    if (result) {
        set_step(status, step_of(step.operation), "Done", subject, now);
        add_event(status, false, std::string(plan::name_of(step.operation)),
                  subject.empty() ? step.reason : fmt::format("{}: {}", subject, step.reason), now);
    } else if (result.error().kind == ErrorKind::NotReadyYet) {
        set_step(status, step_of(step.operation), "Running", result.error().message, now);
    } else {
        set_step(status, step_of(step.operation), "Failed", result.error().message, now);
    }
}

std::string health_problem(fly::Observed const& observed, plan::Desired const& desired) {
    for (auto const& wanted : desired.machines) {
        bool const checked =
            std::ranges::any_of(wanted.config.services, [](auto const& service) { return !service.checks.empty(); });
        if (!checked) continue;
        for (auto const& machine : observed.machines) {
            if (machine.name != wanted.name || machine.state != "started") continue;
            for (auto const& check : machine.checks) {
                if (check.name.starts_with("bg_deployments_compat") || check.status == "passing") continue;
                return fmt::format("check {} of machine {} is {}", check.name, machine.name, check.status);
            }
        }
    }
    return {};
}

}  // namespace dayfly::reconcile
