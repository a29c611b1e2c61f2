// See desired_set.h.
#include "controller/reconcile/desired_set.h"

#include <algorithm>
#include <utility>

namespace dayfly::reconcile {
namespace {

constexpr int looks_that_prove_absence = 2;
constexpr std::size_t max_problems = 20;

/// The object's own problems; without any, those of nobody in the file that it was last read from, or in all files while that
/// is not known.
std::vector<specs::Problem> problems_of(source::Snapshot const& snapshot, specs::Key const& key, Wish const& wish) {
    std::vector<specs::Problem> own;
    std::vector<specs::Problem> of_nobody;
    for (auto const& problem : snapshot.problems) {
        if (problem.object && *problem.object != key) continue;
        bool const elsewhere = wish.environment && problem.location.file != wish.environment->location.file;
        if (!problem.object && elsewhere) continue;
        auto& problems = problem.object ? own : of_nobody;
        if (problems.size() < max_problems) problems.push_back(problem);
    }
    return own.empty() ? of_nobody : own;
}

/// A file that cannot be parsed names no object, and still is one that somebody meant.
std::size_t invalid_in(source::Snapshot const& snapshot) {
    std::set<std::string> files;
    for (auto const& problem : snapshot.problems) files.insert(problem.location.file);
    return std::max(snapshot.broken.size(), files.size());
}

}  // namespace

DesiredSet::DesiredSet(std::set<std::string> const& sources) {
    for (auto const& source : sources) sources_[source];
}

std::set<specs::Key> DesiredSet::publish(source::Snapshot const& snapshot) {
    auto& state = sources_[snapshot.source];
    std::set<specs::Key> changed;
    // In a quarrel another source's leaving changes what the same snapshot means.
    if (snapshot.complete && state.complete && !state.quarrels && !snapshot.digest.empty() && snapshot.digest == state.digest) {
        confirm(state);
        release_absent(changed);
        return changed;
    }
    std::set<specs::Key> present;
    state.digest = snapshot.digest;
    state.quarrels = false;
    state.upsert_only = snapshot.upsert_only;
    auto const present_before = std::exchange(state.present, {});

    auto const claim = [&](specs::Key const& key) -> Wish& {
        present.insert(key);
        auto& wish = wishes_[key];
        state.claimed.insert(key);
        state.absent.erase(key);
        if (wish.sources.insert(snapshot.source).second) changed.insert(key);
        if (snapshot.upsert_only) state.present.insert(key);
        bool const conflict = is_contested(key, wish);
        if (wish.conflict != conflict) changed.insert(key);
        wish.conflict = conflict;
        state.quarrels = state.quarrels || conflict;
        return wish;
    };

    for (auto const& environment : snapshot.environments) {
        auto& wish = claim(environment.key);
        if (!wish.problems.empty()) {
            wish.problems.clear();
            changed.insert(environment.key);
        }
        if (wish.environment && wish.environment->same_as(environment)) continue;
        // While two sources quarrel, the wish that was in force stays as it was.
        if (wish.conflict && wish.environment) continue;
        wish.environment = std::make_shared<specs::PreviewEnvironment const>(environment);
        changed.insert(environment.key);
    }
    for (auto const& key : snapshot.broken) {
        auto& wish = claim(key);
        auto problems = problems_of(snapshot, key, wish);
        auto const same = std::ranges::equal(wish.problems, problems, {}, &specs::Problem::text, &specs::Problem::text);
        if (!same) {
            wish.problems = std::move(problems);
            changed.insert(key);
        }
    }

    state.valid = snapshot.environments.size();
    state.invalid = invalid_in(snapshot);
    state.complete = snapshot.complete;
    for (auto const& key : present_before) {
        auto const wish = wishes_.find(key);
        if (wish == wishes_.end() || wish->second.conflict == is_contested(key, wish->second)) continue;
        wish->second.conflict = !wish->second.conflict;
        changed.insert(key);
    }
    if (!snapshot.complete) {
        state.complete_looks = 0;
        state.absent.clear();
        if (snapshot.upsert_only) ++state.looks;
        release_absent(changed);
        return changed;
    }
    for (auto const& key : state.claimed) {
        if (!present.contains(key) && !state.absent.contains(key)) state.absent.emplace(key, begin_absence(snapshot.source));
    }
    confirm(state);
    release_absent(changed);
    return changed;
}

void DesiredSet::confirm(SourceState& state) {
    ++state.complete_looks;
    ++state.looks;
    for (auto& [key, absence] : state.absent) ++absence.looks;
}

DesiredSet::Absence DesiredSet::begin_absence(std::string const& source) const {
    Absence absence;
    for (auto const& [name, other] : sources_) {
        if (name != source) absence.others.emplace(name, other.looks);
    }
    return absence;
}

void DesiredSet::release_absent(std::set<specs::Key>& changed) {
    // The first look of another source may have begun before the object left this one.
    auto const has_looked = [this](auto const& other) {
        return sources_.at(other.first).looks >= other.second + looks_that_prove_absence;
    };
    for (auto& [source, state] : sources_) {
        for (auto it = state.absent.begin(); it != state.absent.end();) {
            auto const& [key, absence] = *it++;
            auto const wish = wishes_.find(key);
            bool const is_elsewhere = wish != wishes_.end() && wish->second.sources.size() > 1;
            if (absence.looks >= looks_that_prove_absence && (is_elsewhere || std::ranges::all_of(absence.others, has_looked)))
                release(state, source, specs::Key(key), changed);
        }
    }
}

void DesiredSet::release(SourceState& state, std::string const& source, specs::Key const& key, std::set<specs::Key>& changed) {
    state.claimed.erase(key);
    state.absent.erase(key);
    auto const found = wishes_.find(key);
    if (found == wishes_.end()) return;
    found->second.sources.erase(source);
    found->second.conflict = is_contested(key, found->second);
    if (found->second.sources.empty()) wishes_.erase(found);
    changed.insert(key);
}

bool DesiredSet::is_contested(specs::Key const& key, Wish const& wish) const {
    return std::ranges::count_if(wish.sources, [&](std::string const& source) {
               auto const& state = sources_.at(source);
               return !state.upsert_only || state.present.contains(key);
           }) > 1;
}

bool DesiredSet::proven() const {
    return std::ranges::all_of(sources_, [](auto const& entry) {
        auto const& state = entry.second;
        return state.upsert_only ? state.looks > 0 : state.complete && state.complete_looks >= looks_that_prove_absence;
    });
}

std::string DesiredSet::upsert_only_source() const {
    for (auto const& [name, state] : sources_) {
        if (state.upsert_only) return name;
    }
    return {};
}

std::string DesiredSet::empty_source() const {
    for (auto const& [name, state] : sources_) {
        if (state.complete && state.valid == 0 && state.invalid == 0) return name;
    }
    return {};
}

std::string DesiredSet::degraded() const {
    for (auto const& [name, state] : sources_) {
        if (!state.complete && !state.upsert_only) return name;
    }
    return {};
}

SourceObjects DesiredSet::objects_of(std::string const& source) const {
    auto const state = sources_.find(source);
    if (state == sources_.end()) return {};
    SourceObjects objects{.valid = state->second.valid, .invalid = state->second.invalid};
    for (auto const& key : state->second.claimed) {
        auto const wish = wishes_.find(key);
        if (wish != wishes_.end() && wish->second.conflict) ++objects.duplicate;
    }
    return objects;
}

}  // namespace dayfly::reconcile
