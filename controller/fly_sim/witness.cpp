#include "controller/fly_sim/witness.h"

#include <fmt/format.h>

#include <algorithm>

namespace dayfly::fly_sim {

std::string name_base(std::string_view name) {
    auto const dash = name.rfind('-');
    if (dash == std::string_view::npos || dash == 0) return std::string(name);
    auto const suffix = name.substr(dash + 1);
    auto const is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return std::string(suffix.size() >= 6 && std::ranges::all_of(suffix, is_hex) ? name.substr(0, dash) : name);
}

void Witness::born(Things& things, std::string const& app, std::string_view what, std::string const& id, std::string base) {
    auto& ids = things.ids_of[base];
    for (auto const& other : ids) {
        if (other != id)
            violations_.push_back(fmt::format("app {}: {} {} and {} are both named {}", app, what, other, id, base));
    }
    ids.insert(id);
    things.base_of[id] = std::move(base);
}

void Witness::gone(Things& things, std::string const& id) {
    auto const known = things.base_of.find(id);
    if (known == things.base_of.end()) return;
    things.ids_of[known->second].erase(id);
    things.base_of.erase(known);
}

void Witness::machine_born(std::string const& app, std::string const& id, std::string const& name) {
    auto& things = machines_[app];
    born(things, app, "machines", id, name_base(name));
    auto& peak = peaks_[app];
    peak = std::max(peak, things.base_of.size());
}

void Witness::machine_gone(std::string const& app, std::string const& id) { gone(machines_[app], id); }

void Witness::volume_born(std::string const& app, std::string const& id, std::string const& name) {
    born(volumes_[app], app, "volumes", id, name);
}

void Witness::volume_gone(std::string const& app, std::string const& id) { gone(volumes_[app], id); }

std::size_t Witness::peak_machines(std::string const& app) const {
    auto const found = peaks_.find(app);
    return found == peaks_.end() ? 0 : found->second;
}

void Witness::reset() {
    peaks_.clear();
    for (auto const& [app, things] : machines_) peaks_[app] = things.base_of.size();
    violations_.clear();
}

}  // namespace dayfly::fly_sim
