// `dayfly get`: the list of environments, kubectl's way.
#include <fmt/format.h>

#include <chrono>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>

#include "controller/base/clock.h"
#include "controller/base/time_text.h"
#include "controller/cli/api_client.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_code.h"
#include "controller/cli/selector.h"
#include "controller/cli/table.h"
#include "specs/render.h"

namespace dayfly::cli {
namespace {

using Json = nlohmann::ordered_json;

struct GetOptions {
    std::vector<std::string> names;
    std::string output;
    std::string selector;
    std::string namespace_;
    bool watch = false;
};

std::string text_at(Json const& object, std::initializer_list<char const*> path) {
    Json const* at = &object;
    for (auto const* key : path) {
        if (!at->is_object() || !at->contains(key)) return {};
        at = &(*at)[key];
    }
    return at->is_string() ? at->get<std::string>() : at->is_null() ? std::string{} : at->dump();
}

std::string ready_of(Json const& item, char const* field) {
    if (item.contains("status") && item["status"].contains("conditions")) {
        for (auto const& condition : item["status"]["conditions"]) {
            if (condition.value("type", "") == "Ready") return condition.value(field, "");
        }
    }
    return {};
}

std::string or_dash(std::string const& text) { return text.empty() ? "-" : text; }

std::string short_revision(std::string const& text) {
    bool const hash = text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
    return hash ? text.substr(0, 7) : text.substr(text.rfind('/') == std::string::npos ? 0 : text.rfind('/') + 1);
}

/// How long ago it was used last.
std::string idle_of(Json const& item) {
    auto const last = parse_rfc3339(text_at(item, {"status", "lastActivityTime"}));
    return last ? human_age(std::max(SystemClock().wall() - *last, WallTime::duration(0))) : "-";
}

/// How long it has left.
std::string expiry_of(Json const& item) {
    auto const at = parse_rfc3339(text_at(item, {"status", "expiresAt"}));
    return at ? human_age(std::max(*at - SystemClock().wall(), WallTime::duration(0))) : "-";
}

std::string age_of(Json const& item) {
    auto const created = parse_rfc3339(text_at(item, {"metadata", "creationTimestamp"}));
    return created ? human_age(SystemClock().wall() - *created) : "-";
}

bool selected(Json const& item, GetOptions const& options, Selector const& selector) {
    auto const name = text_at(item, {"metadata", "name"});
    if (!options.names.empty() && std::ranges::find(options.names, name) == options.names.end()) return false;
    if (!options.namespace_.empty() && text_at(item, {"metadata", "namespace"}) != options.namespace_) return false;
    std::map<std::string, std::string> labels;
    if (item.contains("metadata") && item["metadata"].contains("labels")) {
        for (auto const& [key, value] : item["metadata"]["labels"].items()) {
            if (value.is_string()) labels[key] = value;
        }
    }
    return selector.selects(labels);
}

/// The names that were asked for and are none of `items`.
std::vector<std::string> missing_of(std::vector<std::string> const& names, Json const& items) {
    std::vector<std::string> missing;
    for (auto const& name : names) {
        bool const found =
            std::ranges::any_of(items, [&](Json const& item) { return text_at(item, {"metadata", "name"}) == name; });
        if (!found) missing.push_back(name);
    }
    return missing;
}

/// Where a person can open it: of a simulated Fly, on this computer.
std::string url_of(Json const& item) {
    auto const local = text_at(item, {"status", "localUrl"});
    return local.empty() ? text_at(item, {"status", "url"}) : local;
}

std::vector<std::string> row_of(Json const& item, bool wide) {
    std::vector<std::string> row{text_at(item, {"metadata", "name"}),
                                 or_dash(ready_of(item, "status")),
                                 or_dash(text_at(item, {"status", "state"})),
                                 or_dash(short_revision(text_at(item, {"status", "revision", "wanted"}))),
                                 or_dash(url_of(item)),
                                 idle_of(item),
                                 expiry_of(item),
                                 age_of(item)};
    if (!wide) return row;
    int machines = 0;
    std::string volume = "-";
    if (item.contains("status") && item["status"].contains("resources")) {
        for (auto const& resource : item["status"]["resources"]) {
            machines += resource.value("kind", "") == "machine" ? 1 : 0;
            if (resource.value("kind", "") == "volume") volume = resource.value("id", "-");
        }
    }
    double cost = 0;
    if (item.contains("status") && item["status"].contains("cost")) cost = item["status"]["cost"].value("perHourAwake", 0.0);
    for (auto& cell : {or_dash(text_at(item, {"status", "app"})), or_dash(text_at(item, {"spec", "region"})),
                       or_dash(text_at(item, {"spec", "machine", "size"})), std::to_string(machines), volume,
                       fmt::format("${:.4f}", cost), ready_of(item, "message")}) {
        row.push_back(cell);
    }
    return row;
}

/// Prints what is asked for; `last` holds what was printed before, so that a watch repeats nothing.
int print(Json const& list, GetOptions const& options, Selector const& selector, std::string& last) {
    auto items = Json::array();
    for (auto const& item : list["items"]) {
        if (selected(item, options, selector)) items.push_back(item);
    }
    int code = done;
    for (auto const& name : missing_of(options.names, items)) {
        code = report(
            {.kind = ErrorKind::NotFound,
             .message = "no environment named " + name + " is known to the controller, or not with what else is asked for",
             .hint = "`dayfly get` lists them all."});
    }
    if (code != done && items.empty()) return code;
    std::string out;
    if (options.output == "json") {
        auto whole = list;
        whole["items"] = items;
        out = (options.names.size() == 1 && items.size() == 1 ? items.front() : whole).dump(2) + "\n";
    } else if (options.output == "yaml") {
        for (auto const& item : items) out += "---\n" + specs::json_to_yaml(item);
    } else if (options.output == "name") {
        for (auto const& item : items) out += text_at(item, {"metadata", "name"}) + "\n";
    } else if (items.empty()) {
        out = "\n";
        if (out != last) std::fprintf(stderr, "No environments.\n");
        last = out;
        return code;
    } else {
        bool const wide = options.output == "wide";
        std::vector<std::string> head{"NAME", "READY", "STATE", "REV", "URL", "IDLE", "EXPIRES", "AGE"};
        if (wide) head.insert(head.end(), {"APP", "REGION", "SIZE", "MACHINES", "VOLUME", "COST/H", "MESSAGE"});
        std::vector<std::vector<std::string>> rows;
        for (auto const& item : items) rows.push_back(row_of(item, wide));
        out = table(head, rows);
    }
    if (out != last) fmt::print("{}", out);
    std::fflush(stdout);
    last = out;
    return code;
}

int get(Settings const& settings, GetOptions const& options) {
    auto const selector = Selector::parse(options.selector);
    if (!selector) return report(selector.error());
    std::string last;
    for (;;) {
        auto list = ask_controller(settings, "GET", "/api/v1/environments");
        if (!list) return report(list.error());
        if (!list->is_object() || !list->contains("items") || !(*list)["items"].is_array()) {
            return report({.kind = ErrorKind::Unavailable, .message = settings.server + " does not answer like a controller"});
        }
        auto const code = print(*list, options, *selector, last);
        if (!options.watch || code != done) return code;
        pause(std::chrono::seconds(1));
    }
}

}  // namespace

void add_get(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("get", "The environments of a running controller");
    add_common(*command, settings);
    add_server(*command, settings);
    auto options = std::make_shared<GetOptions>();
    command->add_option("NAME", options->names, "Only these");
    command->add_option("-o,--output", options->output, "wide | json | yaml | name")
        ->check(CLI::IsMember({"wide", "json", "yaml", "name"}));
    command->add_option("-l,--selector", options->selector,
                        "Labels, as kubectl takes them: key=value, key!=value, key in (a, b), key, !key");
    command->add_option("-n,--namespace", options->namespace_, "Only this namespace");
    command->add_flag("-w,--watch", options->watch, "Print again whenever something changes");
    command->callback([&run, &settings, options] { run = [&settings, options] { return get(settings, *options); }; });
}

}  // namespace dayfly::cli
