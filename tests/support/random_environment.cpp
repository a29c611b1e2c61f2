// One function per part of a spec, each keeping the rules of load time.
#include "tests/support/random_environment.h"
#include "controller/base/machine_sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

namespace dayfly::test {
namespace {

using namespace specs;

constexpr int most_memory_to_suspend_mb = 2048;

class Draw {
public:
    explicit Draw(Random& random) : random_(random) {}

    bool chance(std::uint64_t percent) { return random_.below(100) < percent; }
    int number(int least, int most) {
        return least + static_cast<int>(random_.below(static_cast<std::uint64_t>(most - least + 1)));
    }
    template <class T>
    T one_of(std::initializer_list<T> choices) {
        return *std::next(choices.begin(), static_cast<std::ptrdiff_t>(random_.below(choices.size())));
    }
    std::string word(std::span<std::string_view const> words) { return std::string(words[random_.below(words.size())]); }
    /// Up to `most` of `all`, each once, in any order.
    std::vector<std::string> some_of(std::vector<std::string> all, int most) {
        std::vector<std::string> chosen;
        for (int left = number(0, most); left > 0 && !all.empty(); --left) {
            auto const at = all.begin() + static_cast<std::ptrdiff_t>(random_.below(all.size()));
            chosen.push_back(*at);
            all.erase(at);
        }
        return chosen;
    }
    std::string hex(int length) {
        std::string digits;
        for (int count = 0; count < length; ++count) digits += "0123456789abcdef"[random_.below(16)];
        return digits;
    }
    Duration duration(Duration least, Duration most) {
        auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(most - least).count();
        return least + std::chrono::seconds(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(seconds) + 1)));
    }

private:
    Random& random_;
};

Git git(Draw& draw) {
    Git git;
    git.repository =
        draw.one_of<std::string>({"acme/shop", "a/b", "https://github.com/acme/shop.git", "https://git.acme.dev:8443/team/shop",
                                  "ssh://git@git.acme.dev:2222/shop.git", "git@github.com:acme/shop.git", "Acme-Org/Shop_1.x"});
    switch (draw.number(0, 4)) {
        case 0: git.pull_request = draw.number(1, 99'999); break;
        case 1:
            git.branch =
                draw.one_of<std::string>({"main", "feature/cart", "1.10", "release-2026", "true", "users/ana/fix_#12"});
            break;
        case 2: git.tag = draw.one_of<std::string>({"v1.4.0", "1.10", "2026-10-01", "nightly"}); break;
        case 3: git.commit = draw.hex(draw.number(7, 40)); break;
        default: break;
    }
    git.path = draw.one_of<std::string>({".", "apps/web", "packages/a b", "x..y", "früh/stück"});
    git.watch = draw.some_of({"apps/web/**", "**", "*.md", "packages/{a,b}/src", "[a-z]*", "!docs/**"}, 3);
    git.wait_for_checks = draw.some_of({"build-image", "ci / unit (ubuntu, 22)", "lint: all", "yes"}, 2);
    if (draw.chance(20)) git.credentials = Credentials{.env = "GITHUB_TOKEN"};
    if (draw.chance(20)) git.credentials = Credentials{.file = "tokens/github"};
    return git;
}

Runtime runtime(Draw& draw) {
    Runtime runtime;
    auto const command = [&](std::string usual) -> std::optional<std::string> {
        if (draw.chance(40)) return std::nullopt;
        return draw.one_of<std::string>(
            {std::move(usual), "", "echo 'a: b' # c", "set -e\nmake all\n", "\"quoted\" && exit 0"});
    };
    if (draw.chance(50))
        runtime.image = draw.one_of<std::string>({"node:22", "python:3.13-slim", "registry.acme.dev:5000/team/base"});
    runtime.install = command("npm ci");
    runtime.build = command("npm run build");
    runtime.start = command("npm run dev");
    for (auto* const timeout :
         {&runtime.timeouts.clone, &runtime.timeouts.install, &runtime.timeouts.build, &runtime.timeouts.start}) {
        if (draw.chance(50)) *timeout = draw.duration(std::chrono::seconds(1), std::chrono::hours(6));
    }
    return runtime;
}

StringMap variables(Draw& draw) {
    StringMap env;
    for (auto const& name : draw.some_of({"NODE_ENV", "PORT", "_x", "lower", "APP_URL", "TITLE", "MATH", "LONG"}, 8)) {
        env[name] = draw.one_of<std::string>({"production",
                                              "3000",
                                              "1.10",
                                              "true",
                                              "",
                                              " padded ",
                                              "a: b",
                                              "# no comment",
                                              "ä ö 你好 🚀",
                                              "line one\nline two\n",
                                              "tab\there",
                                              "$(DAYFLY_URL)/path",
                                              "$(DAYFLY_NAME)-$(DAYFLY_PR)",
                                              "$$(not expanded)",
                                              "cost $5 (net",
                                              "back\\slash \"quote\" 'single'",
                                              "null",
                                              "~",
                                              "- x",
                                              "[1]"});
    }
    if (!env.empty() && draw.chance(30)) env["REFERS"] = fmt::format("see $({})", env.begin()->first);
    return env;
}

std::vector<SecretReference> secrets(Draw& draw) {
    std::vector<SecretReference> secrets;
    for (auto const& name : draw.some_of({"DATABASE_URL", "STRIPE_KEY", "API_KEY", "NPM_TOKEN"}, 4)) {
        SecretReference secret{.name = name, .build = draw.chance(20)};
        // Mostly from variables: those are the ones that tests can provide.
        switch (draw.number(0, 9)) {
            case 0: secret.file = "keys/" + name; break;
            case 1:
                secret.secret = "shop-preview";
                secret.key = "api-key";
                break;
            default: secret.env = "STAGING_" + name; break;
        }
        secrets.push_back(std::move(secret));
    }
    return secrets;
}

Machine machine(Draw& draw, bool can_suspend, int most_count) {
    Machine machine;
    MachineSize const* size = nullptr;
    do {
        machine.size = draw.word(machine_size_names());
        size = find_machine_size(machine.size);
    } while (can_suspend && size->min_memory_mb > most_memory_to_suspend_mb);
    auto const most = can_suspend ? std::min(size->max_memory_mb, most_memory_to_suspend_mb) : size->max_memory_mb;
    machine.memory_mb =
        size->min_memory_mb + size->memory_step_mb * draw.number(0, (most - size->min_memory_mb) / size->memory_step_mb);
    machine.count = draw.number(1, most_count);
    machine.restart = draw.one_of<std::string>({"no", "on-failure", "always"});
    return machine;
}

Volume volume(Draw& draw) {
    Volume volume{.size_gb = draw.one_of({1, 10, draw.number(1, 500)}),
                  .mount_path = draw.one_of<std::string>({"/workspace", "/data", "/var/lib/postgresql/data", "/mnt/a.b-c_d"}),
                  .snapshots = draw.chance(30)};
    if (draw.chance(10)) volume.from_volume = "vol_" + draw.hex(12);
    if (volume.from_volume.empty() && draw.chance(10)) volume.from_snapshot = "vs_" + draw.hex(12);
    return volume;
}

Service service(Draw& draw) {
    Service service{.port = draw.number(1, 65'535), .force_https = draw.chance(80)};
    if (draw.chance(20)) {
        service.visibility = Visibility::Private;
    } else {
        service.domains = draw.some_of({"pr-42.preview.acme.dev", "shop.example.com", "a.b-c.io"}, 2);
    }
    if (draw.chance(50)) {
        service.health = Health{.path = draw.one_of<std::string>({"/", "/healthz", "/a?b=c#d"}),
                                .interval = draw.duration(std::chrono::seconds(1), std::chrono::minutes(2)),
                                .timeout = draw.duration(std::chrono::seconds(1), std::chrono::seconds(60)),
                                .grace = draw.duration(std::chrono::seconds(1), std::chrono::minutes(10))};
    }
    return service;
}

Sleep sleep(Draw& draw) {
    Sleep sleep{.policy = draw.one_of({SleepPolicy::After, SleepPolicy::Off, SleepPolicy::Auto}),
                .mode = draw.one_of({SleepMode::Stop, SleepMode::Suspend}),
                .wake_on_request = draw.chance(80)};
    if (sleep.policy == SleepPolicy::After) sleep.after = draw.duration(std::chrono::minutes(5), std::chrono::hours(48));
    return sleep;
}

void add_parts(Draw& draw, Spec& spec, bool can_suspend) {
    for (auto const& name : draw.some_of({"worker", "scheduler", "mail-2", "0", "true"}, 2)) {
        spec.processes[name] = Process{.start = draw.one_of<std::string>({"npm run worker", "exec ./run \"a\" # b", "a\nb"}),
                                       .machine = machine(draw, can_suspend, 3)};
    }
    for (auto const& name : draw.some_of({"postgres", "redis", "null"}, 2)) {
        Companion companion{
            .image = draw.one_of<std::string>({"postgres:16", "redis", "ghcr.io/acme/db@sha256:" + draw.hex(64)}),
            .env = variables(draw),
            .machine = machine(draw, can_suspend, 1)};
        if (draw.chance(60)) companion.volume = volume(draw);
        spec.companions[name] = std::move(companion);
    }
}

void add_names_on_fly(Draw& draw, Fly& fly, std::string const& name) {
    if (draw.chance(20)) fly.organization = "acme-previews";
    if (draw.chance(10)) fly.app_name = "own-" + name.substr(0, 40) + "-app";
    if (draw.chance(10)) fly.network = draw.one_of<std::string>({"default", "Shared-net-1"});
}

void add_source(Draw& draw, Spec& spec) {
    if (draw.chance(50)) {
        spec.git = git(draw);
        spec.runtime = runtime(draw);
    } else {
        spec.image =
            draw.one_of<std::string>({"ghcr.io/acme/shop:pr-42", "nginx", "registry.acme.dev:5000/shop@sha256:" + draw.hex(64),
                                      "localhost:5000/a/b/c:1.10", "shop:" + draw.hex(7)});
    }
}

}  // namespace

specs::PreviewEnvironment random_environment(Random& random, std::string name) {
    Draw draw(random);
    PreviewEnvironment environment;
    environment.key.name = std::move(name);
    for (auto const& label : draw.some_of({"team", "app.kubernetes.io/name", "Tier"}, 3)) {
        environment.labels[label] = draw.one_of<std::string>({"checkout", "", "1.10", "true", "a_b-c"});
    }
    if (draw.chance(10)) environment.annotations[keep_until_annotation] = "2026-12-01T18:00:00Z";
    if (draw.chance(20)) environment.annotations["example.dev/note"] = "anything: at all\n# even this";

    auto& spec = environment.spec;
    add_source(draw, spec);
    spec.suspend = draw.chance(5);
    spec.drift_policy = draw.chance(90) ? DriftPolicy::Correct : DriftPolicy::Detect;
    spec.env = variables(draw);
    spec.secrets = secrets(draw);
    std::vector<std::string> names;
    std::ranges::transform(spec.secrets, std::back_inserter(names), &SecretReference::name);
    spec.fork_secrets = draw.some_of(names, 2);
    spec.region = draw.word(region_codes());
    spec.fallback_regions = draw.some_of({region_codes().begin(), region_codes().end()}, 3);
    std::erase(spec.fallback_regions, spec.region);
    spec.sleep = sleep(draw);
    bool const can_suspend = spec.sleep.mode == SleepMode::Suspend;
    if (draw.chance(50)) spec.volume = volume(draw);
    spec.machine = machine(draw, can_suspend, spec.volume ? 1 : 5);
    spec.service = draw.chance(85) ? std::optional(service(draw)) : std::nullopt;
    add_parts(draw, spec, can_suspend);
    spec.ttl =
        draw.chance(10) ? std::nullopt : std::optional(draw.duration(std::chrono::minutes(10), std::chrono::hours(30 * 24)));
    spec.on_pull_request_closed = draw.one_of({ClosePolicy::Delete, ClosePolicy::Sleep, ClosePolicy::Keep});
    spec.deletion_policy = draw.one_of({DeletionPolicy::Delete, DeletionPolicy::SnapshotThenDelete, DeletionPolicy::Orphan});
    spec.github = {.deployment = draw.chance(50), .comment = draw.chance(50), .status = draw.chance(50)};
    add_names_on_fly(draw, spec.fly, environment.key.name);
    return environment;
}

}  // namespace dayfly::test
