#include "controller/fly_sim/machine_metadata.h"

#include "controller/fly_sim/guesses.h"
#include "controller/fly_sim/machines.h"

namespace dayfly::fly_sim {
namespace {

Json metadata_of(Machine const& machine) { return machine.config->value("metadata", Json::object()); }

void store(State& state, Machine& machine, Json metadata) {
    auto config = *machine.config;
    if (metadata.empty()) {
        config.erase("metadata");
    } else {
        config["metadata"] = std::move(metadata);
    }
    machine.config = std::make_shared<Json const>(std::move(config));
    state.touch(machine);
}

std::optional<Answer> refuse_entry(State const& state, std::string const& key, Json const& value) {
    auto const longest = state.options.quirks.metadata_key_limit;
    if (longest != 0 && key.size() > longest) {
        return guessed(state.options, "metadata_key_limit", {std::to_string(longest)});
    }
    if (!value.is_string() && !value.is_null()) return problem(400, "invalid_argument: metadata values are strings");
    auto const limit = state.options.quirks.metadata_limit;
    if (limit != 0 && value.is_string() && value.get_ref<std::string const&>().size() > limit) {
        return guessed(state.options, "metadata_limit", {std::to_string(limit)});
    }
    return std::nullopt;
}

void put(Json& metadata, std::string const& key, Json const& value) {
    if (value.is_null() || value.get_ref<std::string const&>().empty()) {
        metadata.erase(key);
    } else {
        metadata[key] = value;
    }
}

std::expected<Found, Answer> find_metadata_owner(State& state, Exchange const& exchange) {
    return state.options.quirks.metadata_needs_lease ? find_writable_machine(state, exchange) : find_machine(state, exchange);
}

}  // namespace

Outcome get_metadata(State& state, Exchange const& exchange) {
    auto const found = find_machine(state, exchange);
    if (!found) return found.error();
    return reply(200, metadata_of(*found->machine));
}

Outcome get_metadata_key(State& state, Exchange const& exchange) {
    auto const found = find_machine(state, exchange);
    if (!found) return found.error();
    auto const metadata = metadata_of(*found->machine);
    if (!metadata.contains(exchange.extra)) return problem(404, "metadata key not found");
    return reply(200, {{"value", metadata[exchange.extra]}});
}

Outcome set_metadata_key(State& state, Exchange const& exchange) {
    auto const found = find_metadata_owner(state, exchange);
    if (!found) return found.error();
    if (found->machine->gone()) return problem(404, "machine not found");
    auto const* const value = exchange.member("value");
    if (exchange.body_is_broken || value == nullptr) return problem(400, "invalid_argument: value is required");
    if (auto refusal = refuse_entry(state, exchange.extra, *value)) return std::move(*refusal);
    auto metadata = metadata_of(*found->machine);
    put(metadata, exchange.extra, *value);
    store(state, *found->machine, std::move(metadata));
    return no_content();
}

Outcome delete_metadata_key(State& state, Exchange const& exchange) {
    auto const found = find_metadata_owner(state, exchange);
    if (!found) return found.error();
    auto metadata = metadata_of(*found->machine);
    metadata.erase(exchange.extra);
    store(state, *found->machine, std::move(metadata));
    return no_content();
}

Outcome update_metadata(State& state, Exchange const& exchange) {
    auto const found = find_metadata_owner(state, exchange);
    if (!found) return found.error();
    if (found->machine->gone()) return problem(404, "machine not found");
    auto const* const wanted = exchange.member("metadata");
    if (exchange.body_is_broken || wanted == nullptr || !wanted->is_object()) {
        return problem(400, "invalid_argument: metadata is required");
    }
    auto const version = exchange.text("machine_version");
    if (!version.empty() && version != found->machine->instance_id) {
        return problem(412, "failed_precondition: machine version does not match");
    }
    // PUT merges as PATCH does: both "update multiple metadata keys at once" in the OpenAPI document.
    auto metadata = metadata_of(*found->machine);
    for (auto const& [key, value] : wanted->items()) {
        if (auto refusal = refuse_entry(state, key, value)) return std::move(*refusal);
        put(metadata, key, value);
    }
    store(state, *found->machine, std::move(metadata));
    return no_content();
}

}  // namespace dayfly::fly_sim
