#include "tests/unit/fly_sim/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "controller/fly_sim/exchange.h"

namespace dayfly::fly_sim {
namespace {

std::string type_of(Json const& value) {
    if (value.is_number_integer()) return "integer";
    if (value.is_number()) return "number";
    return value.type_name();
}

}  // namespace

std::map<std::string, std::string> const& Document::exceptions() {
    static std::string const lease = "captured lease answers come in an envelope; real clients depend on it";
    static std::string const pascal = "the live answer's outer keys are PascalCase (measured)";
    static std::string const pointer = "encoded by the Go struct: null without omitempty, or a union the document flattens";
    static std::string const docs = "in the documentation's samples and the Go client, not in the document";
    static std::string const wait = "with ?wait=true the Go client reads the whole app from the answer";
    static std::string const pair = "\"in this case, ip is null\", says the document itself";
    static std::map<std::string, std::string> const known{
        {"AssignIPResponse.ip: null instead of string", pair},
        {"CreateAppResponse.internal_numeric_id: unknown", wait},
        {"CreateAppResponse.machine_count: unknown", wait},
        {"CreateAppResponse.name: unknown", wait},
        {"CreateAppResponse.network: unknown", wait},
        {"CreateAppResponse.organization: unknown", wait},
        {"CreateAppResponse.status: unknown", wait},
        {"CreateAppResponse.volume_count: unknown", wait},
        {"Lease.data: unknown", lease},
        {"Lease.status: unknown", lease},
        {"main.regionResponse.Nearest: unknown", pascal},
        {"main.regionResponse.Regions: unknown", pascal},
        {"main.getPlacementsResponse.Regions: unknown", pascal},
        {"fly.MachineConfig: null instead of object",
         "the config of a machine whose host is unreachable (the Go client's types)"},
        {"fly.MachineService.autostop: boolean instead of string", "the Go marshaler writes off and stop as booleans"},
        {"fly.MachineService.force_instance_key: null instead of string", pointer},
        {"Volume.attached_machine_id: null instead of string", pointer},
        {"Volume.attached_alloc_id: null instead of string", pointer},
        {"Volume.host_dedication_key: unknown", docs},
        {"OrgVolume.attached_machine_id: null instead of string", pointer},
        {"OrgVolume.attached_alloc_id: null instead of string", pointer},
        {"OrgVolume.host_dedication_key: unknown", docs},
    };
    return known;
}

Document const& Document::fly() {
    static Document const document;
    return document;
}

Document::Document() {
    std::ifstream file(std::string(DAYFLY_SOURCE_DIR) + "/tests/unit/fly_sim/openapi_responses.json");
    document_ = Json::parse(file);
}

std::string Document::operation(std::string const& method, std::string const& target) const {
    http::Request const request{.method = method, .target = target};
    Exchange const exchange(request);
    std::string best;
    for (auto const& [name, statuses] : document_["operations"].items()) {
        if (!name.starts_with(method + " ")) continue;
        auto const pattern = split(std::string_view(name).substr(method.size() + 1), '/');
        if (pattern.size() != exchange.segments.size()) continue;
        bool fits = true;
        for (std::size_t i = 0; i < pattern.size(); ++i)
            fits &= pattern[i].starts_with('{') || pattern[i] == exchange.segments[i];
        // The more literal one wins: …/certificates/acme over …/certificates/{hostname}.
        if (fits && (best.empty() || std::ranges::count(name, '{') < std::ranges::count(best, '{'))) best = name;
    }
    return best;
}

std::set<std::string> Document::deviations(std::string const& operation, Answer const& answer) const {
    std::set<std::string> found;
    auto const status = std::to_string(answer.status());
    auto const place = operation + " " + status + " $";
    auto const& statuses = document_["operations"][operation];
    if (statuses.contains(status)) {
        if (auto const& schema = statuses[status]; !schema.is_null()) inspect(schema, answer.json(), place, found);
    } else if (answer.status() >= 400) {
        // Refusals are mostly not listed; their shape is the same everywhere.
        inspect(Json{{"$ref", "ErrorResponse"}}, answer.json(), place, found);
    } else {
        found.insert(place + ": not listed");
    }
    return found;
}

void Document::inspect(Json const& schema, Json const& value, std::string const& place, std::set<std::string>& found) const {
    if (schema.contains("$ref")) {
        auto const name = schema["$ref"].get<std::string>();
        auto const& whole = document_["schemas"][name];
        return inspect(whole, value, whole.contains("properties") ? name : place, found);
    }
    auto const type = schema.value("type", "");
    auto const actual = type_of(value);
    if (!type.empty() && type != actual && !(type == "number" && actual == "integer")) {
        found.insert(fmt::format("{}: {} instead of {}", place, actual, type));
        return;
    }
    if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) {
        found.insert(fmt::format("{}: {} is none of the values", place, value.dump()));
        return;
    }
    if (value.is_array() && schema.contains("items")) {
        for (auto const& item : value) inspect(schema["items"], item, place + "[]", found);
    }
    if (!value.is_object()) return;
    for (auto const& required : schema.value("required", Json::array())) {
        if (!value.contains(required.get<std::string>())) found.insert(fmt::format("{}: {} missing", place, required.dump()));
    }
    auto const properties = properties_of(schema);
    auto const more = schema.value("additionalProperties", Json());
    for (auto const& [name, member] : value.items()) {
        if (properties.contains(name)) {
            inspect(properties[name], member, fmt::format("{}.{}", place, name), found);
        } else if (more.is_object()) {
            inspect(more, member, place + ".*", found);
        } else if (!properties.empty()) {
            found.insert(fmt::format("{}.{}: unknown", place, name));
        }
    }
}

Json Document::properties_of(Json const& schema) const {
    auto properties = schema.value("properties", Json::object());
    for (auto const& part : schema.value("allOf", Json::array())) {
        properties.update(properties_of(part.contains("$ref") ? document_["schemas"][part["$ref"].get<std::string>()] : part));
    }
    return properties;
}

}  // namespace dayfly::fly_sim
