// See program.h.
#include "controller/boot/program.h"

#include "controller/base/digest.h"
#include "controller/base/time_text.h"

namespace dayfly::boot {
namespace {

constexpr char text[] = R"sh(#!/bin/sh
# Dayfly boot program: clone, install, build, start. Everything it needs comes from DAYFLY_* variables.
set -u
log() { printf 'dayfly: %s\n' "$*" >&2; }
fail() { code=$1; shift; log "$*"; exit "$code"; }
limit() { seconds=$1; shift; if command -v timeout >/dev/null 2>&1; then timeout "$seconds" "$@"; else "$@"; fi; }

root=$DAYFLY_WORKSPACE/source
mkdir -p "$DAYFLY_WORKSPACE" || fail 20 "cannot create $DAYFLY_WORKSPACE"
if [ ! -d "$root/.git" ]; then
    git init -q "$root" || fail 20 "git init failed"
fi
cd "$root" || fail 20 "cannot enter $root"
log "fetching $DAYFLY_REF"
limit "$DAYFLY_CLONE_SECONDS" git fetch -q --depth 1 -- "$DAYFLY_REPOSITORY" "$DAYFLY_REF" || fail 21 "clone failed"
git checkout -q --force --detach FETCH_HEAD || fail 21 "checkout failed"
cd "./$DAYFLY_PATH" || fail 21 "the repository has no folder $DAYFLY_PATH"

step() {
    name=$1 seconds=$2 code=$3 command=$4
    [ -n "$command" ] || return 0
    log "$name: $command"
    limit "$seconds" sh -c "$command" || fail "$code" "$name failed"
}
step install "$DAYFLY_INSTALL_SECONDS" 22 "$DAYFLY_INSTALL"
step build "$DAYFLY_BUILD_SECONDS" 23 "$DAYFLY_BUILD"
log "start: $DAYFLY_START"
exec sh -c "$DAYFLY_START"
)sh";

std::string seconds_text(specs::Duration duration) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

std::string clone_url(std::string const& repository) {
    bool const shorthand = repository.find(':') == std::string::npos;
    return shorthand ? "https://github.com/" + repository + ".git" : repository;
}

std::string reference(specs::Git const& git) {
    if (!git.commit.empty()) return git.commit;
    if (git.pull_request) return "refs/pull/" + std::to_string(*git.pull_request) + "/head";
    if (!git.branch.empty()) return "refs/heads/" + git.branch;
    if (!git.tag.empty()) return "refs/tags/" + git.tag;
    return "HEAD";
}

}  // namespace

std::string const& program_text() {
    static std::string const program = text;
    return program;
}

std::string image_for(specs::Runtime const& runtime) { return runtime.image.value_or("node:22"); }

fly::StringMap environment_for(specs::Git const& git, specs::Runtime const& runtime, std::string const& workspace,
                               std::string const* start) {
    return {
        {"DAYFLY_WORKSPACE", workspace},
        {"DAYFLY_REPOSITORY", clone_url(git.repository)},
        {"DAYFLY_REF", reference(git)},
        {"DAYFLY_PATH", git.path},
        {"DAYFLY_INSTALL", runtime.install.value_or("npm ci")},
        {"DAYFLY_BUILD", runtime.build.value_or("npm run build --if-present")},
        {"DAYFLY_START", start != nullptr ? *start : runtime.start.value_or("npm run dev")},
        {"DAYFLY_CLONE_SECONDS", seconds_text(runtime.timeouts.clone)},
        {"DAYFLY_INSTALL_SECONDS", seconds_text(runtime.timeouts.install)},
        {"DAYFLY_BUILD_SECONDS", seconds_text(runtime.timeouts.build)},
    };
}

fly::File program_file() {
    return {.guest_path = program_path, .raw_value = base64(program_text()), .secret_name = {}, .mode = 0755};
}

}  // namespace dayfly::boot
