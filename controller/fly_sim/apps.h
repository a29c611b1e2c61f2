// Apps: names unique over all of Fly, visibility, asynchronous deletion with everything they hold.
#pragma once

#include <expected>

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/state.h"

namespace dayfly::fly_sim {

/// The app that the request is about, or the answer that refuses: 404 unknown, going or not visible yet, 403 somebody else's.
[[nodiscard]] std::expected<App*, Answer> find_app(State& state, Exchange const& exchange);

/// An app as if it had been there for a while: for seeds and external actors.
App& add_app(State& state, std::string const& name, std::string const& organisation, std::string const& network);
/// Deletion under way; the rest follows by itself.
void begin_app_deletion(State& state, App& app);
/// The machines, volumes, addresses and secrets go, and the name becomes free after a while.
void finish_app_deletion(State& state, std::string const& name, std::string const& id);

Outcome create_app(State& state, Exchange const& exchange);
Outcome get_app(State& state, Exchange const& exchange);
Outcome list_apps(State& state, Exchange const& exchange);
Outcome delete_app(State& state, Exchange const& exchange);

}  // namespace dayfly::fly_sim
