// describe, reconcile, sleep, wake, suspend, resume, delete and approve-deletes: one environment, or one decision, of a running
// controller.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "controller/base/clock.h"
#include "controller/base/printable.h"
#include "controller/base/time_text.h"
#include "controller/cli/api_client.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_code.h"
#include "controller/cli/table.h"
#include "controller/http/message.h"
#include "controller/plan/revision.h"

namespace dayfly::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string path_of(std::string const& namespace_, std::string const& name) {
    return "/api/v1/environments/" + http::percent_encode(namespace_) + "/" + http::percent_encode(name);
}

std::string text(Json const& object, char const* key) {
    if (!object.is_object() || !object.contains(key) || object[key].is_null()) return {};
    return object[key].is_string() ? object[key].get<std::string>() : object[key].dump();
}

std::string ago(std::string const& timestamp) {
    auto const when = parse_rfc3339(timestamp);
    return when ? human_age(SystemClock().wall() - *when) + " ago" : "-";
}

std::string ahead(std::string const& timestamp) {
    auto const when = parse_rfc3339(timestamp);
    if (!when) return "-";
    auto const left = *when - SystemClock().wall();
    return left.count() <= 0 ? "now" : "in " + human_age(left) + " (" + timestamp + ")";
}

void section(char const* title, std::vector<std::string> const& head, std::vector<std::vector<std::string>> const& rows) {
    if (rows.empty()) return;
    fmt::print("\n{}:\n", title);
    auto const lines = table(head, rows);
    for (std::size_t at = 0; at < lines.size();) {
        auto const end = lines.find('\n', at);
        fmt::print("  {}\n", lines.substr(at, end - at));
        at = end + 1;
    }
}

void print_description(Json const& item, Json const& events) {
    auto const& status = item["status"];
    auto const line = [](char const* name, std::string const& value) {
        if (!value.empty()) fmt::print("{:<13}{}\n", std::string(name) + ":", printable(value));
    };
    line("Name", text(item["metadata"], "name"));
    line("Namespace", text(item["metadata"], "namespace"));
    line("State", text(status, "state"));
    line("App", text(status, "app"));
    line("URL", text(status, "url"));
    if (status.contains("localUrl")) line("Local URL", text(status, "localUrl"));
    if (status.contains("revision")) {
        line("Revision", fmt::format("wanted {}, running {}", text(status["revision"], "wanted"),
                                     text(status["revision"], "running").empty() ? "-" : text(status["revision"], "running")));
    }
    line("Generation",
         fmt::format("{} (observed {})", text(item["metadata"], "generation"), text(status, "observedGeneration")));
    if (auto const last = text(status, "lastActivityTime"); !last.empty()) line("Last use", ago(last));
    auto const clock = text(status, "clockMessage");
    if (auto const at = text(status, "sleepsAt"); !at.empty()) line("Sleeps", ahead(at) + ", unless it is used");
    if (auto const at = text(status, "expiresAt"); !at.empty()) line("Expires", ahead(at) + ", unless it is used");
    line("Clock", clock);
    if (status.contains("cost")) line("Cost", fmt::format("${:.4f} per hour awake", status["cost"].value("perHourAwake", 0.0)));

    std::vector<std::vector<std::string>> rows;
    for (auto const& one : status.value("conditions", Json::array())) {
        rows.push_back({text(one, "type"), text(one, "status"), text(one, "reason"), ago(text(one, "lastTransitionTime")),
                        text(one, "message")});
    }
    section("Conditions", {"TYPE", "STATUS", "REASON", "SINCE", "MESSAGE"}, rows);
    rows.clear();
    for (auto const& one : status.value("steps", Json::array()))
        rows.push_back({text(one, "name"), text(one, "state"), text(one, "message")});
    section("Steps", {"STEP", "STATE", "MESSAGE"}, rows);
    rows.clear();
    for (auto const& one : status.value("resources", Json::array())) {
        rows.push_back({text(one, "kind"), text(one, "name"), text(one, "id"), text(one, "state"), text(one, "region")});
    }
    section("Resources", {"KIND", "NAME", "ID", "STATE", "REGION"}, rows);
    if (status.contains("failure")) {
        auto const& failure = status["failure"];
        fmt::print("\nLast error:\n  {}: {}\n", text(failure, "code"), printable(text(failure, "message")));
        if (!text(failure, "hint").empty()) fmt::print("  hint: {}\n", text(failure, "hint"));
        for (auto const& one : failure.value("log", Json::array()))
            fmt::print("  | {}\n", one.is_string() ? printable(one.get<std::string>()) : "");
        fmt::print("  attempts: {}", text(failure, "attempts"));
        if (!text(failure, "retryAt").empty()) fmt::print(", next at {}", text(failure, "retryAt"));
        fmt::print("\n");
    }
    rows.clear();
    for (auto const& one : events.value("items", Json::array())) {
        rows.push_back({ago(text(one, "lastTimestamp")), text(one, "type"), text(one, "reason"), text(one, "count"),
                        text(one, "message")});
    }
    section("Events", {"LAST SEEN", "TYPE", "REASON", "COUNT", "MESSAGE"}, rows);
}

int describe(Settings const& settings, std::string const& namespace_, std::string const& name) {
    auto item = ask_controller(settings, "GET", path_of(namespace_, name));
    if (!item) return report(item.error());
    auto events = ask_controller(settings, "GET", path_of(namespace_, name) + "/events");
    if (!events) return report(events.error());
    if (!item->contains("status") || !item->contains("metadata")) {
        return report({.kind = ErrorKind::Unavailable, .message = settings.server + " does not answer like a controller"});
    }
    print_description(*item, *events);
    return done;
}

int reconcile(Settings const& settings, std::string const& namespace_, std::string const& name) {
    auto answer = ask_controller(settings, "POST", path_of(namespace_, name) + "/reconcile");
    if (!answer) return report(answer.error());
    fmt::print("{} is looked at now\n", name);
    return done;
}

struct Named {
    std::string namespace_ = "default";
    std::string name;
};

/// One of the verbs that the API takes as the last part of a path; `told`: what it means, for people.
int change(Settings const& settings, Named const& named, std::string const& verb, std::string const& told) {
    auto answer = ask_controller(settings, "POST", path_of(named.namespace_, named.name) + "/" + verb);
    if (!answer) return report(answer.error());
    fmt::print("{} {}\n", named.name, told);
    return done;
}

int remove(Settings const& settings, Named const& named) {
    auto answer = ask_controller(settings, "DELETE", path_of(named.namespace_, named.name));
    if (!answer) return report(answer.error());
    fmt::print("{}\n", text(*answer, "message"));
    return done;
}

int approve(Settings const& settings, Named const& named, std::string const& commit) {
    if (!plan::is_commit(commit)) {
        return report({.kind = ErrorKind::InvalidInput,
                       .message = fmt::format("--sha: '{}' is not a whole commit id", commit),
                       .hint = "Give all 40 digits: another commit with the same beginning can be made."});
    }
    auto answer = ask_controller(settings, "POST",
                                 path_of(named.namespace_, named.name) + "/approve?sha=" + http::percent_encode(commit));
    if (!answer) return report(answer.error());
    fmt::print("commit {} may run in {} until the controller stops; the annotation dayfly.dev/approved-sha lasts\n", commit,
               named.name);
    return done;
}

int approve_deletes(Settings const& settings, std::string const& id) {
    auto answer = ask_controller(settings, "POST", "/api/v1/deletions/" + http::percent_encode(id) + "/approve");
    if (!answer) return report(answer.error());
    fmt::print("deletions {} are released\n", id);
    return done;
}

std::shared_ptr<Named> add_name(CLI::App& command, Settings& settings) {
    add_common(command, settings);
    add_server(command, settings);
    auto named = std::make_shared<Named>();
    command.add_option("NAME", named->name, "The environment")->required();
    command.add_option("-n,--namespace", named->namespace_, "Its namespace")->default_str("default");
    return named;
}

}  // namespace

void add_describe(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("describe", "Conditions, steps, resources, last error with its hint, events");
    auto named = add_name(*command, settings);
    command->callback(
        [&run, &settings, named] { run = [&settings, named] { return describe(settings, named->namespace_, named->name); }; });
}

void add_reconcile(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("reconcile", "Look now, at the app itself");
    auto named = add_name(*command, settings);
    command->callback(
        [&run, &settings, named] { run = [&settings, named] { return reconcile(settings, named->namespace_, named->name); }; });
}

void add_lifecycle(CLI::App& app, Settings& settings, Run& run) {
    struct Verb {
        char const* name;
        char const* help;
        char const* told;
    };
    for (auto const& verb :
         {Verb{"sleep", "Stop its machines until it is used again", "goes to sleep"},
          Verb{"wake", "Start its machines, or bring it back when it has expired", "wakes up"},
          Verb{"suspend", "Change nothing of it until `resume` or a restart of the controller", "is suspended"},
          Verb{"resume", "Look after it again", "is looked after again"}}) {
        auto* command = app.add_subcommand(verb.name, verb.help);
        auto named = add_name(*command, settings);
        command->callback([&run, &settings, named, verb] {
            run = [&settings, named, verb] { return change(settings, *named, verb.name, verb.told); };
        });
    }
    auto* command = app.add_subcommand("delete", "Say what removes it: what a source wants would come back");
    auto named = add_name(*command, settings);
    command->callback([&run, &settings, named] { run = [&settings, named] { return remove(settings, *named); }; });
}

void add_approve(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("approve", "Let one commit of a fork run");
    auto named = add_name(*command, settings);
    auto commit = std::make_shared<std::string>();
    command->add_option("--sha", *commit, "The whole commit id")->required();
    command->callback(
        [&run, &settings, named, commit] { run = [&settings, named, commit] { return approve(settings, *named, *commit); }; });
}

void add_approve_deletes(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("approve-deletes", "Release what the delete guard holds");
    add_common(*command, settings);
    add_server(*command, settings);
    auto id = std::make_shared<std::string>();
    command->add_option("ID", *id, "As the controller's log and the API name it")->required();
    command->callback([&run, &settings, id] { run = [&settings, id] { return approve_deletes(settings, *id); }; });
}

}  // namespace dayfly::cli
