// The description of the structs that a spec is made of: every field's name, kind, bounds and meaning, once for the whole
// program. How to read this: field.h.
#pragma once

#include <array>
#include <chrono>

#include "controller/base/machine_sizes.h"
#include "specs/environment.h"
#include "specs/field.h"
#include "specs/formats.h"
#include "specs/kinds.h"

namespace dayfly::specs {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

inline constexpr std::array<std::string_view, 3> restart_words{"no", "on-failure", "always"};
inline constexpr std::array<Word<Visibility>, 2> visibility_words{
    {{"public", Visibility::Public}, {"private", Visibility::Private}}};
inline constexpr std::array<Word<SleepMode>, 2> sleep_mode_words{{{"stop", SleepMode::Stop}, {"suspend", SleepMode::Suspend}}};
inline constexpr std::array<Word<bool>, 2> wake_words{{{"onRequest", true}, {"manual", false}}};

/// Memory that any size can have; whether this size can is a rule of its own (rules_machine.cpp).
inline constexpr Quantity memory_kind{Quantity::Unit::Mi, 256, 131'072};
inline constexpr WholeNumber count_kind{1, 50};
inline constexpr Text variable_kind{.longest = 128, .format = &variable_name};
inline constexpr Text own_variable_kind{.longest = 128, .format = &own_variable_name};
inline constexpr Text variable_value_kind{.longest = 32'768, .may_be_empty = true, .looks_like_anything = true};
inline constexpr Text image_kind{.longest = 512, .format = &image_reference};
inline constexpr Text command_kind{.longest = 4'096};
inline constexpr Text command_or_none_kind{.longest = 4'096, .may_be_empty = true};
inline constexpr Text secret_file_kind{.longest = 256, .format = &inner_path};

template <class Visitor>
void describe(Visitor& visit, Is<Credentials> auto& credentials) {
    visit.value({"env", "Name of a variable of the controller that holds the token.", Presence::Alternative}, credentials.env,
                variable_kind);
    visit.value(
        {"file", "Name of a file below the controller's secrets directory that holds the token.", Presence::Alternative},
        credentials.file, secret_file_kind);
    visit.exactly_one_alternative();
}

template <class Visitor>
void describe(Visitor& visit, Is<Git> auto& git) {
    constexpr Text reference{.longest = 255, .format = &git_reference, .looks_like_anything = true};
    visit.value({.name = "repository",
                 .doc = "owner/name on GitHub, or an https or ssh URL without a password.",
                 .presence = Presence::Required,
                 .secret = true},
                git.repository, Text{.longest = 512, .format = &repository});
    visit.value({"pullRequest", "Follow the head of this pull request.", Presence::Alternative}, git.pull_request,
                WholeNumber{1, 999'999'999});
    visit.value({"branch", "Follow this branch.", Presence::Alternative}, git.branch, reference);
    visit.value({"tag", "Follow this tag.", Presence::Alternative}, git.tag, reference);
    visit.value({"commit", "Stay at this commit, 7 to 40 hexadecimal digits.", Presence::Alternative}, git.commit,
                Text{.longest = 64, .format = &commit_hash, .looks_like_anything = true});
    visit.value({"path", "The part of a monorepo that is run, relative to its root."}, git.path,
                Text{.longest = 512, .format = &inner_path});
    visit.list({"watch", "Globs of paths; a commit that changes none of them deploys nothing. None: every commit deploys."},
               git.watch, Text{.longest = 256, .format = &inner_path}, 64);
    visit.group({"waitFor", "What a new commit waits for before it is deployed."}, [&](auto& inner) {
        inner.list({"checks", "Names of checks that must have passed."}, git.wait_for_checks, Text{.longest = 256}, 32);
    });
    visit.optional({.name = "credentials",
                    .doc = "Where the token for a private repository is found; default: the controller's own access.",
                    .secret = true},
                   git.credentials, Null::LeftOut);
}

template <class Visitor>
void describe(Visitor& visit, Is<Timeouts> auto& timeouts) {
    constexpr Span span{seconds(1), hours(6)};
    visit.value({"clone", "How long fetching the repository may take."}, timeouts.clone, span);
    visit.value({"install", "How long installing may take."}, timeouts.install, span);
    visit.value({"build", "How long building may take."}, timeouts.build, span);
    visit.value({"start", "How long the app may take until it listens."}, timeouts.start, span);
}

template <class Visitor>
void describe(Visitor& visit, Is<Runtime> auto& runtime) {
    visit.value({"image", "The image the repository runs in; detected from the repository when left out."}, runtime.image,
                image_kind);
    visit.value({"install", "Command that installs dependencies; detected when left out, \"\" for none."}, runtime.install,
                command_or_none_kind);
    visit.value({"build", "Command that builds; detected when left out, \"\" for none."}, runtime.build, command_or_none_kind);
    visit.value({"start", "Command that starts the app; detected when left out, \"\" for the image's own."}, runtime.start,
                command_or_none_kind);
    visit.object({"timeouts", "How long each step may take."}, runtime.timeouts);
}

template <class Visitor>
void describe(Visitor& visit, Is<SecretReference> auto& secret) {
    visit.value({"name", "The variable the app sees.", Presence::Required}, secret.name, own_variable_kind);
    visit.group({"from", "Where the value is found; it is never written in this file.", Presence::Required}, [&](auto& inner) {
        inner.value(
            {"env", "Name of a variable of the controller; it must be on the controller's allow list.", Presence::Alternative},
            secret.env, variable_kind);
        inner.value({"file", "Name of a file below the controller's secrets directory.", Presence::Alternative}, secret.file,
                    secret_file_kind);
        inner.value({.name = "secret",
                     .doc = "Name of a Kubernetes Secret; with key.",
                     .presence = Presence::Alternative,
                     .goes_with = "key"},
                    secret.secret, Text{.longest = 253, .format = &kubernetes_name});
        inner.value({.name = "key", .doc = "The key within the Kubernetes Secret.", .goes_with = "secret"}, secret.key,
                    Text{.longest = 253, .format = &kubernetes_key});
        inner.exactly_one_alternative();
    });
    visit.value({"build", "For installing and building only; the running app does not see it."}, secret.build, Boolean{});
}

template <class Visitor>
void describe_capacity(Visitor& visit, Is<Machine> auto& machine) {
    visit.value({"size", "One of Fly's machine sizes."}, machine.size, OneOf{machine_size_names()});
    visit.value({"memory", "Memory, such as 512Mi or 1Gi; when left out, the default or the least that the size can have."},
                machine.memory_mb, memory_kind);
}

template <class Visitor>
void describe_restart(Visitor& visit, Is<Machine> auto& machine) {
    visit.value({"restart", "When Fly starts the machine again after its program has ended."}, machine.restart,
                OneOf{restart_words});
}

/// What processes and companions say of their machines: all but the count.
template <class Visitor>
void describe_guest(Visitor& visit, Is<Machine> auto& machine) {
    describe_capacity(visit, machine);
    describe_restart(visit, machine);
}

template <class Visitor>
void describe(Visitor& visit, Is<Machine> auto& machine) {
    describe_capacity(visit, machine);
    visit.value({"count", "How many machines; more than one only without a volume."}, machine.count, count_kind);
    describe_restart(visit, machine);
}

template <class Visitor>
void describe(Visitor& visit, Is<Volume> auto& volume) {
    visit.value({"size", "Size in whole GB, such as 10Gi. It can grow later, never shrink."}, volume.size_gb,
                Quantity{Quantity::Unit::Gi, 1, 500});
    visit.value({"mountPath", "Where the machine sees the volume."}, volume.mount_path,
                Text{.longest = 256, .format = &guest_path});
    visit.value({"snapshots", "Whether Fly takes daily snapshots."}, volume.snapshots, Boolean{});
    visit.group({"from", "What a new volume begins as; empty when left out."}, [&](auto& inner) {
        constexpr Text id{.longest = 64, .format = &fly_id};
        inner.value({"volume", "A copy of the volume with this id.", Presence::Alternative}, volume.from_volume, id);
        inner.value({"snapshot", "The contents of the snapshot with this id.", Presence::Alternative}, volume.from_snapshot,
                    id);
        inner.exactly_one_alternative();
    });
}

template <class Visitor>
void describe(Visitor& visit, Is<Health> auto& health) {
    visit.value({"path", "Requested with GET; any 2xx answer is healthy."}, health.path,
                Text{.longest = 1'024, .format = &request_path});
    visit.value({"interval", "Time between two checks."}, health.interval, Span{seconds(1), hours(1)});
    visit.value({"timeout", "How long one check may take."}, health.timeout, Span{seconds(1), minutes(10)});
    visit.value({"grace", "How long after its start a machine is not judged."}, health.grace, Span{seconds(1), hours(1)});
}

template <class Visitor>
void describe(Visitor& visit, Is<Service> auto& service) {
    visit.value({"port", "The port the app listens on."}, service.port, WholeNumber{1, 65'535});
    visit.value({"visibility", "public, or private for no public address."}, service.visibility,
                Choice<Visibility>{visibility_words});
    visit.value({"forceHttps", "Whether plain HTTP requests are redirected."}, service.force_https, Boolean{});
    visit.list({"domains", "Host names of your own, beside <app>.fly.dev."}, service.domains,
               Text{.longest = 253, .format = &host_name}, 32);
    visit.optional({"health", "The health check; none when left out, and then Ready means that the machine has started."},
                   service.health, Null::LeftOut);
}

template <class Visitor>
void describe(Visitor& visit, Is<Process> auto& process) {
    visit.value({"start", "The command.", Presence::Required}, process.start, command_kind);
    visit.value({"count", "How many machines run it."}, process.machine.count, count_kind);
    visit.group({"machine", "The machine it runs on."}, [&](auto& inner) { describe_guest(inner, process.machine); });
}

template <class Visitor>
void describe(Visitor& visit, Is<Companion> auto& companion) {
    visit.value({"image", "The image it runs.", Presence::Required}, companion.image, image_kind);
    visit.map({"env", "Its variables."}, companion.env, own_variable_kind, variable_value_kind, most_variables);
    visit.group({"machine", "The machine it runs on."}, [&](auto& inner) { describe_guest(inner, companion.machine); });
    visit.optional({"volume", "Its volume; none when left out."}, companion.volume, Null::LeftOut);
}

template <class Visitor>
void describe(Visitor& visit, Is<Sleep> auto& sleep) {
    visit.value({"after", "Time without requests until the machines sleep; off: never, auto: Fly Proxy decides."}, sleep,
                SleepAfter{{minutes(5), hours(30 * 24)}});
    visit.value({"mode", "stop, or suspend for a faster wake-up with at most 2 GB of memory."}, sleep.mode,
                Choice<SleepMode>{sleep_mode_words});
    visit.value({"wake", "onRequest: the next request wakes the machines; manual: only `dayfly wake` does."},
                sleep.wake_on_request, Choice<bool>{wake_words});
}

template <class Visitor>
void describe(Visitor& visit, Is<GithubFeedback> auto& github) {
    visit.value({"deployment", "Show the environment as a deployment."}, github.deployment, Boolean{});
    visit.value({"comment", "Keep one comment on the pull request up to date."}, github.comment, Boolean{});
    visit.value({"status", "Set a commit status."}, github.status, Boolean{});
}

template <class Visitor>
void describe(Visitor& visit, Is<Fly> auto& fly) {
    visit.value({"organization", "Slug of the organisation; \"\" for the controller's."}, fly.organization,
                Text{.longest = 63, .format = &organization_slug, .may_be_empty = true});
    visit.value({"appName", "Name of the app; \"\" for one made of the environment's name and a hash."}, fly.app_name,
                Text{.longest = 62, .format = &app_name, .may_be_empty = true});
    visit.value({"network", "Private network of the app; \"\" for one of its own."}, fly.network,
                Text{.longest = 63, .format = &network_name, .may_be_empty = true});
}

}  // namespace dayfly::specs
