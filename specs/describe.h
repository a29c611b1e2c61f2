// The description of a whole PreviewEnvironment, in the order of the documentation. Its parts: describe_parts.h.
#pragma once

#include "specs/describe_parts.h"

namespace dayfly::specs {

inline constexpr std::string_view api_version = "dayfly.dev/v1alpha1";
inline constexpr std::string_view environment_kind = "PreviewEnvironment";
inline constexpr std::string_view list_kind = "PreviewEnvironmentList";

inline constexpr std::array<Word<DriftPolicy>, 2> drift_words{
    {{"correct", DriftPolicy::Correct}, {"detect", DriftPolicy::Detect}}};
inline constexpr std::array<Word<ClosePolicy>, 3> close_words{
    {{"delete", ClosePolicy::Delete}, {"sleep", ClosePolicy::Sleep}, {"keep", ClosePolicy::Keep}}};
inline constexpr std::array<Word<DeletionPolicy>, 3> deletion_words{{{"delete", DeletionPolicy::Delete},
                                                                     {"snapshotThenDelete", DeletionPolicy::SnapshotThenDelete},
                                                                     {"orphan", DeletionPolicy::Orphan}}};

template <class Visitor>
void describe(Visitor& visit, Is<Spec> auto& spec) {
    constexpr std::size_t most_parts = 20;
    constexpr Text part_kind{.longest = 20, .format = &part_name};
    visit.value({"suspend", "Touch nothing, keep reporting drift."}, spec.suspend, Boolean{});
    visit.value({"driftPolicy", "What happens when Fly differs from this file: correct it, or detect and tell only."},
                spec.drift_policy, Choice<DriftPolicy>{drift_words});
    visit.group({"source", "What is run: a git repository or an image built elsewhere.", Presence::Required}, [&](auto& inner) {
        inner.optional({"git", "A repository that is cloned, installed, built and started.", Presence::Alternative}, spec.git,
                       Null::LeftOut);
        inner.value({"image", "An image built elsewhere.", Presence::Alternative}, spec.image, image_kind);
        inner.exactly_one_alternative();
    });
    visit.object({"runtime", "How a repository is run; for git sources only.", Presence::Optional,
                  spec.image.empty() ? "" : "is for git sources only; an image is run as it is"},
                 spec.runtime);
    visit.map({"env",
               "Variables; $(NAME) takes another's value, $(DAYFLY_URL), _HOST, _SHA, _PR, _NAME are always there, $$( is a "
               "plain $(."},
              spec.env, own_variable_kind, variable_value_kind, most_variables);
    visit.objects({.name = "secrets", .doc = "Variables whose values come from elsewhere.", .secret = true}, spec.secrets, 100);
    visit.list({"forkSecrets", "Names of the secrets that a pull request from a fork may have."}, spec.fork_secrets,
               own_variable_kind, 100);
    visit.value({"region", "Fly's region."}, spec.region, OneOf{region_codes()});
    visit.list({"fallbackRegions", "Tried in order when the region has no room, while no volume holds data."},
               spec.fallback_regions, OneOf{region_codes()}, 17);
    visit.object({"machine", "The main machine."}, spec.machine);
    visit.optional(
        {"volume", "The main machine's volume; default: 10Gi at /workspace for git sources, none for images; null: none."},
        spec.volume, Null::Meaningful);
    visit.optional({"service", "What is served; null: nothing is."}, spec.service, Null::Meaningful);
    visit.object_map({"processes", "More machines of the same source, by name."}, spec.processes, part_kind, most_parts);
    visit.object_map({"companions", "Throw-away neighbours with their own image and no public service, by name."},
                     spec.companions, part_kind, most_parts);
    visit.object({"sleep", "When the machines sleep."}, spec.sleep);
    visit.value({"ttl", "Time since the last activity until the environment is removed; never when policy allows."}, spec.ttl,
                SpanOrNever{{minutes(10), hours(365 * 24)}});
    visit.value({"onPullRequestClosed", "What becomes of the environment when its pull request closes."},
                spec.on_pull_request_closed, Choice<ClosePolicy>{close_words});
    visit.value({"deletionPolicy", "What becomes of the app when the environment is removed."}, spec.deletion_policy,
                Choice<DeletionPolicy>{deletion_words});
    visit.group({"feedback", "Where progress is told."},
                [&](auto& inner) { inner.object({"github", "What GitHub is told."}, spec.github); });
    visit.object({"fly", "Names on Fly."}, spec.fly);
}

template <class Visitor>
void describe(Visitor& visit, Is<PreviewEnvironment> auto& environment) {
    constexpr Text label_kind{.longest = 317, .format = &label_key};
    visit.constant({"apiVersion", "The version of this format.", Presence::Required}, api_version);
    visit.constant({"kind", "The kind of object.", Presence::Required}, environment_kind);
    visit.group({"metadata", "Who the environment is.", Presence::Required}, [&](auto& inner) {
        inner.value({"name", "Identity together with the namespace; a DNS label.", Presence::Required}, environment.key.name,
                    Text{.longest = 63, .format = &dns_label});
        inner.value({"namespace", "A DNS label."}, environment.key.namespace_, Text{.longest = 63, .format = &dns_label});
        inner.map({"labels", "Names to values, to select by."}, environment.labels, label_kind,
                  Text{.longest = 63, .format = &label_value, .may_be_empty = true, .looks_like_anything = true}, 64);
        for (auto const* const name : {"generation", "creationTimestamp", "resourceVersion", "uid", "managedFields"})
            inner.ignored({name, "Written by the controller or by Kubernetes; means nothing when read."});
        inner.map({"annotations",
                   "Names to values; dayfly.dev/keep-until, /approved-sha, /reconcile-at and /allow-replace have a meaning."},
                  environment.annotations, label_kind,
                  Text{.longest = 16'384, .may_be_empty = true, .looks_like_anything = true}, 64);
    });
    visit.object({"spec", "What is wished for.", Presence::Required}, environment.spec);
    visit.ignored({"status", "Written by the controller; means nothing when read."});
}

}  // namespace dayfly::specs
