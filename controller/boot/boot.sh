#!/bin/sh
# What a machine with a git source runs: clone, install, build, start. POSIX only; it has to work in dash and in BusyBox's ash.
#
#   sh boot.sh                              all of it; ends with the code of the stage that failed
#   sh boot.sh report [LINES [STATE [FROM]]]  how far it is: stages, port, last lines of the logs from stage FROM on
#
# Every value comes from the environment and is used as a value, never as program text; only the three commands are given to a
# shell, because they are commands. The program runs itself anew between its phases: what a later phase must not know is taken
# out of the environment before, and /proc shows the environment that a process was started with.
#
# Exit codes: 20 the image lacks something, 21 clone, 22 install, 23 build, 24 start; 31, 32 and 33: clone, install or build took
# too long. All its own variables begin with dayfly_, because a variable that came from the environment would be changed for the
# commands too.
set -u

dayfly_self=$0
case $0 in /*) ;; *) dayfly_self=$(pwd)/$0 ;; esac
dayfly_state=${DAYFLY_STATE:-${dayfly_self%/*}/state}
dayfly_workspace=${DAYFLY_WORKSPACE:-/workspace}
dayfly_root=$dayfly_workspace/source
dayfly_cache=$dayfly_workspace/.cache
dayfly_log_bytes=262144
dayfly_child=
dayfly_stopping=
dayfly_newline='
'

# --- telling ---------------------------------------------------------------------------------------------------------------

# One line of printable text, bounded: commands and names may hold anything.
dayfly_plain() { printf '%s' "$*" | LC_ALL=C tr -c '\040-\176' ' ' | LC_ALL=C cut -c 1-300; }

dayfly_say() {
    dayfly_line="dayfly: $(dayfly_plain "$@")"
    printf '%s\n' "$dayfly_line" >&2
    [ -z "${dayfly_log-}" ] || printf '%s\n' "$dayfly_line" >>"$dayfly_log"
}

# dayfly_store FILE TEXT: whole or not at all.
dayfly_store() { printf '%s\n' "$2" >"$1.new" && mv -f "$1.new" "$1"; }

dayfly_load() { [ ! -f "$1" ] || cat "$1"; }

# Keeps the end of a log. Its writers append, so that they go on behind what is left.
dayfly_trim() {
    [ -f "$1" ] || return 0
    dayfly_size=$(wc -c <"$1")
    [ "$dayfly_size" -gt "$2" ] || return 0
    tail -c $((dayfly_log_bytes / 2)) "$1" >"$1.tail" && cat "$1.tail" >"$1"
    rm -f "$1.tail"
}

# --- stages ----------------------------------------------------------------------------------------------------------------

dayfly_begin() { # NAME
    dayfly_stage=$1
    dayfly_log=$dayfly_state/$1.log
    dayfly_began=$(date +%s)
    dayfly_trim "$dayfly_log" "$dayfly_log_bytes"
    dayfly_store "$dayfly_state/$1.stage" "$dayfly_began - -"
    dayfly_store "$dayfly_state/current" "$1"
}

dayfly_end() { dayfly_store "$dayfly_state/$dayfly_stage.stage" "$dayfly_began $(date +%s) $1"; } # CODE

dayfly_stop() {
    dayfly_stopping=1
    [ -z "$dayfly_child" ] || kill -TERM "$dayfly_group$dayfly_child" 2>/dev/null
}

# Ends the child after SECONDS (0: never), and keeps its log short meanwhile.
dayfly_watch() { # CHILD SECONDS
    dayfly_waited=0
    dayfly_pause=1
    while kill -0 "$1" 2>/dev/null; do
        if [ "$2" -gt 0 ] && [ "$dayfly_waited" -ge "$2" ]; then
            : >"$dayfly_state/timed-out"
            kill -TERM "$dayfly_group$1" 2>/dev/null
            sleep 5
            kill -KILL "$dayfly_group$1" 2>/dev/null
            return
        fi
        dayfly_trim "$dayfly_log" $((dayfly_log_bytes * 2))
        # What runs for days is not looked at every second.
        [ "$2" -gt 0 ] || [ "$dayfly_waited" -lt 60 ] || dayfly_pause=10
        sleep "$dayfly_pause"
        dayfly_waited=$((dayfly_waited + dayfly_pause))
    done
}

# Runs a command as the stage that has begun: output to our own and to the log, in a process group of its own, and nothing that it
# left running survives it. Sets dayfly_code; 300 stands for a time-out.
dayfly_run() { # SECONDS COMMAND...
    dayfly_seconds=$1
    shift
    rm -f "$dayfly_state/pipe" "$dayfly_state/timed-out"
    mkfifo "$dayfly_state/pipe" || dayfly_give_up 20 "cannot create a pipe in $dayfly_state"
    tee -a "$dayfly_log" <"$dayfly_state/pipe" &
    dayfly_tee=$!
    $dayfly_setsid "$@" >"$dayfly_state/pipe" 2>&1 </dev/null &
    dayfly_child=$!
    [ -z "$dayfly_stopping" ] || dayfly_stop
    dayfly_watch "$dayfly_child" "$dayfly_seconds" >/dev/null 2>&1 </dev/null &
    dayfly_watcher=$!
    while :; do
        wait "$dayfly_child"
        dayfly_code=$?
        kill -0 "$dayfly_child" 2>/dev/null || break
    done
    kill -KILL "$dayfly_watcher" 2>/dev/null
    [ -z "$dayfly_group" ] || kill -KILL "$dayfly_group$dayfly_child" 2>/dev/null
    dayfly_child=
    # A process that got away into a session of its own may hold the pipe: the log's end is not waited for without end.
    (sleep 3 && kill -TERM "$dayfly_tee") >/dev/null 2>&1 </dev/null &
    dayfly_patience=$!
    wait "$dayfly_tee" 2>/dev/null
    kill -KILL "$dayfly_patience" 2>/dev/null
    wait "$dayfly_watcher" "$dayfly_patience" 2>/dev/null
    rm -f "$dayfly_state/pipe"
    dayfly_trim "$dayfly_log" "$dayfly_log_bytes"
    if [ -n "$dayfly_stopping" ]; then
        dayfly_end 143
        exit 143
    fi
    [ ! -e "$dayfly_state/timed-out" ] || dayfly_code=300
    rm -f "$dayfly_state/timed-out"
}

# Ends the program in the middle of a stage.
dayfly_give_up() { # CODE MESSAGE
    dayfly_say "$2"
    [ -z "${dayfly_stage-}" ] || dayfly_end "$1"
    exit "$1"
}

# Ends the program when dayfly_run did not go well. A failure that would only repeat itself is remembered.
dayfly_judge() { # CODE
    if [ "$dayfly_code" = 300 ]; then
        dayfly_code=$(($1 + 10))
        dayfly_say "$dayfly_stage: not finished after $dayfly_seconds s"
    elif [ "$dayfly_code" != 0 ]; then
        dayfly_say "$dayfly_stage: ended with exit code $dayfly_code"
        dayfly_code=$1
    else
        dayfly_end 0
        return
    fi
    [ "$dayfly_stage" = clone ] || dayfly_store "$dayfly_state/failed" "$dayfly_stage $dayfly_code $(dayfly_digest spec)"
    dayfly_end "$dayfly_code"
    exit "$dayfly_code"
}

# --- what was done already -------------------------------------------------------------------------------------------------

dayfly_git() { git -c safe.directory='*' -c core.hooksPath=/dev/null -c core.fsmonitor=false -c credential.helper= "$@"; }

# A digest of what the result of a stage depends on. "spec": of everything, for failures, which any change may mend; a version of the
# machine with nothing else new is a person's wish to try again.
dayfly_digest() {
    dayfly_text=${dayfly_commit-}$dayfly_newline${DAYFLY_INPUTS-}$dayfly_newline${DAYFLY_PATH-.}$dayfly_newline
    case $1 in
        install) dayfly_text=$dayfly_text${DAYFLY_INSTALL-detected} ;;
        build) dayfly_text=$dayfly_text${DAYFLY_INSTALL-detected}$dayfly_newline${DAYFLY_BUILD-detected} ;;
        spec) dayfly_text=$dayfly_text${DAYFLY_INSTALL-detected}$dayfly_newline${DAYFLY_BUILD-detected}$dayfly_newline${DAYFLY_SPEC-}$dayfly_newline${FLY_MACHINE_VERSION-} ;;
    esac
    printf '%s' "$dayfly_text" | dayfly_git hash-object --stdin
}

dayfly_done() { [ "$(dayfly_load "$dayfly_state/$1.done")" = "$(dayfly_digest "$1")" ]; }

# The same commit, the same spec and a failure: trying again would loop. Ends at once with the same code.
dayfly_stop_repeating() {
    dayfly_failed=$(dayfly_load "$dayfly_state/failed")
    [ -n "$dayfly_failed" ] || return 0
    # shellcheck disable=SC2086 # three words that this program wrote
    set -- $dayfly_failed
    if [ "${3-}" = "$(dayfly_digest spec)" ]; then
        dayfly_log=
        dayfly_stage=$1
        dayfly_began=$(date +%s)
        dayfly_store "$dayfly_state/current" "$1"
        dayfly_give_up "$2" "$1 failed with this commit and this spec before; waiting for a change of either"
    fi
    rm -f "$dayfly_state/failed"
}

# Whether a command leaves everything that it makes in the checkout. Other commands are repeated when the root file system is new,
# which it is at every start of a machine at Fly.
dayfly_stays_in_checkout() {
    case $1 in
        *[\;\&\|\<\>\`\$\(]* | *"$dayfly_newline"* | *' -g'* | *' --global'*) return 1 ;;
        'npm ci'* | 'npm install'* | 'npm run '* | 'pnpm '* | 'yarn' | 'yarn '* | 'bun '* | '') return 0 ;;
    esac
    return 1
}

# --- clone -----------------------------------------------------------------------------------------------------------------

# Answers git's questions for name and password, for the repository's own host only: a redirect elsewhere gets nothing.
# shellcheck disable=SC2016 # expanded when git runs it
dayfly_askpass='#!/bin/sh
case $1 in
    *"://$DAYFLY_GIT_HOST'"'"'"* | *"@$DAYFLY_GIT_HOST'"'"'"* | *"://$DAYFLY_GIT_HOST/"* | *"@$DAYFLY_GIT_HOST/"*) ;;
    *) exit 1 ;;
esac
case $1 in
    Username*) printf "%s\n" x-access-token ;;
    Password*) printf "%s\n" "$DAYFLY_GIT_TOKEN" ;;
esac
'

dayfly_is_hash() {
    case $1 in '' | *[!0-9a-f]*) return 1 ;; esac
    [ ${#1} -eq 40 ] || [ ${#1} -eq 64 ]
}

dayfly_has_commit() { [ -n "$1" ] && dayfly_git rev-parse --quiet --verify "$1^{commit}" >/dev/null 2>&1; }

dayfly_fetch() { dayfly_git fetch --quiet --no-tags --no-recurse-submodules "$@"; }

# An app that ran on this volume could have written a configuration or hooks that steal the token: none of it is read.
dayfly_prepare_clone() {
    if [ -L .git ] || [ ! -d .git ]; then rm -rf .git; fi
    rm -rf .git/hooks .git/config .git/config.worktree .git/info .git/commondir .git/objects/info/alternates \
        .git/index.lock .git/shallow.lock .git/HEAD.lock
    git init --quiet --template= . && return 0
    rm -rf .git && git init --quiet --template= .
}

# 2: everything was looked at and the commit is not there.
dayfly_fetch_wanted() {
    dayfly_commit=${DAYFLY_COMMIT-}
    dayfly_ref=${DAYFLY_REF:-HEAD}
    if dayfly_has_commit "$dayfly_commit"; then return 0; fi
    if dayfly_is_hash "$dayfly_commit"; then
        if dayfly_fetch --depth 1 -- "$DAYFLY_REPOSITORY" "$dayfly_commit" && dayfly_has_commit "$dayfly_commit"; then return 0; fi
        printf 'dayfly: the server does not give that commit by its id, fetching %s instead\n' "$(dayfly_plain "$dayfly_ref")"
    fi
    dayfly_fetch --depth 1 -- "$DAYFLY_REPOSITORY" "$dayfly_ref" || return 1
    if [ -z "$dayfly_commit" ]; then
        dayfly_commit=$(dayfly_git rev-parse --verify 'FETCH_HEAD^{commit}')
        return
    fi
    if dayfly_has_commit "$dayfly_commit"; then return 0; fi
    # The branch has moved on, or the id was cut short: only the history can tell.
    dayfly_fetch --depth 2147483647 -- "$DAYFLY_REPOSITORY" "$dayfly_ref" || return 1
    if dayfly_has_commit "$dayfly_commit"; then return 0; fi
    if [ "$dayfly_ref" = HEAD ]; then
        dayfly_fetch --depth 2147483647 -- "$DAYFLY_REPOSITORY" '+refs/heads/*:refs/remotes/origin/*' || return 1
        if dayfly_has_commit "$dayfly_commit"; then return 0; fi
    fi
    printf 'dayfly: %s does not hold the commit %s\n' "$(dayfly_plain "$dayfly_ref")" "$(dayfly_plain "$dayfly_commit")"
    return 2
}

# Answers of git and ssh that will be the same next time.
dayfly_final='Authentication failed|could not read (Username|Password)|not found|access denied|Permission denied|Host key verification|does not appear to be a git repository|couldn.t find remote ref|not allowed|invalid refspec'

dayfly_checkout() {
    dayfly_commit=$(dayfly_git rev-parse --verify "$dayfly_commit^{commit}") || return 1
    dayfly_store "$dayfly_state/commit" "$dayfly_commit"
    # An app may have changed its files; as long as the commit is the same that is its business.
    [ "$(dayfly_load "$dayfly_state/clone.done")" != "$dayfly_commit" ] || return 0
    rm -f "$dayfly_state/clone.done"
    dayfly_git checkout --quiet --force --detach "$dayfly_commit" || return 1
    dayfly_store "$dayfly_state/clone.done" "$dayfly_commit"
}

# The phase "clone", in a process of its own: the only one that is given the token.
dayfly_clone() {
    LC_ALL=C
    GIT_TERMINAL_PROMPT=0
    GIT_CONFIG_GLOBAL=/dev/null
    GIT_ALLOW_PROTOCOL=https:http:ssh:git:file
    GIT_ASKPASS=$dayfly_state/askpass
    DAYFLY_GIT_HOST=${DAYFLY_REPOSITORY#*://}
    DAYFLY_GIT_HOST=${DAYFLY_GIT_HOST%%/*}
    export LC_ALL GIT_TERMINAL_PROMPT GIT_CONFIG_GLOBAL GIT_ALLOW_PROTOCOL GIT_ASKPASS DAYFLY_GIT_HOST
    unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_EXEC_PATH GIT_TEMPLATE_DIR \
        GIT_CONFIG GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_SSH GIT_SSH_COMMAND GIT_PROXY_COMMAND GIT_TRACE GIT_TRACE_CURL \
        GIT_TRACE_PACKET GIT_TRACE_REDACT GIT_TRACE_SETUP GIT_TRACE2 GIT_TRACE2_EVENT GIT_TRACE2_PERF GIT_CURL_VERBOSE SSH_ASKPASS
    if [ -n "${DAYFLY_GIT_TOKEN-}" ]; then
        rm -f "$GIT_ASKPASS"
        (umask 077 && printf '%s' "$dayfly_askpass" >"$GIT_ASKPASS" && chmod 700 "$GIT_ASKPASS") || exit 20
    else
        GIT_ASKPASS=/bin/false
    fi
    if [ -z "${DAYFLY_REPOSITORY-}" ]; then
        printf 'dayfly: no repository is named\n'
        exit 21
    fi
    if [ "${DAYFLY_REF:-HEAD}" != HEAD ] && ! git check-ref-format "$DAYFLY_REF"; then
        printf 'dayfly: %s is not the name of a reference\n' "$(dayfly_plain "$DAYFLY_REF")"
        exit 21
    fi
    if [ -L "$dayfly_root" ]; then rm -f "$dayfly_root"; fi
    mkdir -p "$dayfly_root" && cd "$dayfly_root" || exit 20
    for dayfly_attempt in 1 2 3; do
        dayfly_prepare_clone && dayfly_fetch_wanted 2>"$dayfly_state/git" && dayfly_checkout 2>>"$dayfly_state/git"
        dayfly_code=$?
        tail -c 8192 "$dayfly_state/git"
        if [ "$dayfly_code" = 0 ]; then
            rm -f "$dayfly_state/git"
            exit 0
        fi
        # What a second try cannot change.
        if [ "$dayfly_code" = 2 ] || [ "$dayfly_attempt" = 3 ] || grep -E -q "$dayfly_final" "$dayfly_state/git"; then break; fi
        sleep $((dayfly_attempt * 2))
        # A clone that was damaged, by a power cut for instance, is not mended by fetching into it.
        [ "$dayfly_attempt" = 1 ] || rm -rf .git "$dayfly_state/clone.done"
    done
    rm -f "$dayfly_state/git"
    exit 21
}

# --- detection: the commands that the spec leaves out ----------------------------------------------------------------------

# What package.json says, in words: manager:NAME, build, dev, start, dev:network and start:network for servers that take notice
# neither of PORT nor of HOST, main:FILE. tests/support/node_repositories.h holds this against controller/github/detect_node.cpp.
dayfly_read_package() {
    dayfly_engine=node
    command -v node >/dev/null 2>&1 || dayfly_engine=bun
    "$dayfly_engine" -e 'const fs = require("fs"), p = JSON.parse(fs.readFileSync("package.json", "utf8")), s = p.scripts || {}, words = [];
        const manager = typeof p.packageManager === "string" ? p.packageManager.split("@")[0] : "";
        if (["npm", "pnpm", "yarn", "bun"].includes(manager)) words.push("manager:" + manager);
        for (const name of ["build", "dev", "start"]) {
            if (typeof s[name] !== "string" || s[name] === "") continue;
            words.push(name);
            if (/^(vite( |$)|astro dev)/.test(s[name])) words.push(name + ":network");
        }
        const isFile = (name) => { try { return fs.statSync(name).isFile() } catch { return false } };
        const main = [p.main, "server.js", "index.js"].find((name) => typeof name === "string" && /^[A-Za-z0-9._-]+$/.test(name) && isFile(name));
        if (main) words.push("main:" + main);
        console.log(words.join(" "))' 2>/dev/null
}

dayfly_package_has() { case " $dayfly_package " in *" $1 "*) return 0 ;; esac && return 1; } # WORD

# The word behind "manager:" or "main:".
dayfly_package_word() { # NAME
    case " $dayfly_package" in *" $1:"*) ;; *) return 0 ;; esac
    dayfly_word=" $dayfly_package "
    dayfly_word=${dayfly_word#*" $1:"}
    printf '%s' "${dayfly_word%% *}"
}

# The lock file tells the package manager; in a monorepo it may lie further up. Of several, the one that package.json names counts.
dayfly_find_manager() {
    dayfly_manager=
    dayfly_locked=
    dayfly_declared=$(dayfly_package_word manager)
    dayfly_at=$(pwd -P)
    while :; do
        dayfly_found=
        [ ! -f "$dayfly_at/pnpm-lock.yaml" ] || dayfly_found="$dayfly_found pnpm"
        [ ! -f "$dayfly_at/yarn.lock" ] || dayfly_found="$dayfly_found yarn"
        if [ -f "$dayfly_at/bun.lock" ] || [ -f "$dayfly_at/bun.lockb" ]; then dayfly_found="$dayfly_found bun"; fi
        if [ -f "$dayfly_at/package-lock.json" ] || [ -f "$dayfly_at/npm-shrinkwrap.json" ]; then dayfly_found="$dayfly_found npm"; fi
        if [ -n "$dayfly_found" ]; then
            dayfly_locked=$dayfly_at
            dayfly_manager=${dayfly_found# }
            dayfly_manager=${dayfly_manager%% *}
            case "$dayfly_found " in *" ${dayfly_declared:-none} "*) dayfly_manager=$dayfly_declared ;; esac
            return
        fi
        [ "$dayfly_at" != "$dayfly_real_root" ] || break
        dayfly_at=${dayfly_at%/*}
    done
    [ ! -f package.json ] || dayfly_manager=${dayfly_declared:-npm}
}

dayfly_run_script() { # NAME
    printf '%s run %s' "$dayfly_manager" "$1"
    if [ -n "${PORT-}" ] && dayfly_package_has "$1:network"; then
        [ "$dayfly_manager" != npm ] || printf ' --'
        # shellcheck disable=SC2016 # for the shell that runs it
        printf ' --host 0.0.0.0 --port $PORT'
    fi
}

dayfly_detect() {
    dayfly_install=${DAYFLY_INSTALL-}
    dayfly_build=${DAYFLY_BUILD-}
    dayfly_start=${DAYFLY_START-}
    dayfly_package=
    [ ! -f package.json ] || dayfly_package=$(dayfly_read_package)
    dayfly_find_manager
    if [ -f package.json ]; then
        if [ -z "${DAYFLY_INSTALL+set}" ]; then
            dayfly_install="$dayfly_manager install"
            case ${dayfly_locked:+$dayfly_manager} in
                npm) dayfly_install='npm ci' ;;
                pnpm | bun) dayfly_install="$dayfly_manager install --frozen-lockfile" ;;
                yarn)
                    dayfly_install='yarn install --frozen-lockfile'
                    [ ! -f "$dayfly_locked/.yarnrc.yml" ] || dayfly_install='yarn install --immutable'
                    ;;
            esac
        fi
        if [ -z "${DAYFLY_BUILD+set}" ] && dayfly_package_has build; then dayfly_build=$(dayfly_run_script build); fi
        if [ -z "${DAYFLY_START+set}" ]; then
            dayfly_main_file=$(dayfly_package_word main)
            if dayfly_package_has dev; then
                dayfly_start=$(dayfly_run_script dev)
            elif dayfly_package_has start; then
                dayfly_start=$(dayfly_run_script start)
            elif [ -n "$dayfly_main_file" ]; then
                dayfly_start="node $dayfly_main_file"
            fi
        fi
    fi
}

# Node images bring pnpm and yarn along, switched off, and no bun. The version that package.json names is Corepack's business.
dayfly_enable_manager() {
    case $dayfly_manager in pnpm | yarn | bun) ;; *) return 0 ;; esac
    if [ "$dayfly_manager" != "$dayfly_declared" ] && command -v "$dayfly_manager" >/dev/null 2>&1; then return 0; fi
    if [ "$dayfly_manager" != bun ] && command -v corepack >/dev/null 2>&1; then
        corepack enable >/dev/null 2>&1
    elif ! command -v "$dayfly_manager" >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
        npm install --global --silent "$dayfly_manager" >/dev/null 2>&1
    fi
    return 0
}

# --- phases ----------------------------------------------------------------------------------------------------------------

dayfly_set_up() {
    # Two separate sessions are what lets a stage be ended with everything that it started.
    dayfly_setsid=
    dayfly_group=
    if command -v setsid >/dev/null 2>&1; then
        dayfly_setsid=setsid
        dayfly_group=-
    fi
    trap dayfly_stop TERM INT HUP
}

dayfly_enter_checkout() {
    dayfly_commit=$(dayfly_load "$dayfly_state/commit")
    cd "$dayfly_root" || dayfly_give_up 20 "cannot enter $dayfly_root"
    dayfly_real_root=$(pwd -P)
    cd "./${DAYFLY_PATH:-.}" 2>/dev/null || dayfly_give_up 21 "the repository has no folder ${DAYFLY_PATH-}"
    case $(pwd -P)/ in
        "$dayfly_real_root"/*) ;;
        *) dayfly_give_up 21 "the folder ${DAYFLY_PATH-} leads out of the repository" ;;
    esac
    # Caches live on the volume; what the spec sets stays.
    export npm_config_cache="${npm_config_cache-$dayfly_cache/npm}"
    export YARN_CACHE_FOLDER="${YARN_CACHE_FOLDER-$dayfly_cache/yarn}"
    export BUN_INSTALL_CACHE_DIR="${BUN_INSTALL_CACHE_DIR-$dayfly_cache/bun}"
    export PIP_CACHE_DIR="${PIP_CACHE_DIR-$dayfly_cache/pip}"
    export npm_config_update_notifier="${npm_config_update_notifier-false}"
    export COREPACK_ENABLE_DOWNLOAD_PROMPT="${COREPACK_ENABLE_DOWNLOAD_PROMPT-0}"
    dayfly_detect
    # npm complains of settings that it does not know.
    [ "$dayfly_manager" != pnpm ] || export npm_config_store_dir="${npm_config_store_dir-$dayfly_cache/pnpm}"
}

dayfly_main() {
    mkdir -p "$dayfly_state" "$dayfly_workspace" || dayfly_give_up 20 "cannot create $dayfly_state and $dayfly_workspace"
    rm -f "$dayfly_state"/*.stage "$dayfly_state/port"
    [ -z "${PORT-}" ] || dayfly_store "$dayfly_state/port" "$PORT"
    command -v git >/dev/null 2>&1 || dayfly_give_up 20 'the image has no git; name one that has it in spec.runtime.image'
    dayfly_commit=${DAYFLY_COMMIT-}
    [ -z "$dayfly_commit" ] || dayfly_stop_repeating
    dayfly_begin clone
    : >"$dayfly_log"
    dayfly_say "clone: ${DAYFLY_REPOSITORY-} ${DAYFLY_REF-} ${DAYFLY_COMMIT-}"
    dayfly_run "${DAYFLY_CLONE_SECONDS:-120}" sh "$dayfly_self" clone
    dayfly_judge 21
    unset DAYFLY_GIT_TOKEN
    exec sh "$dayfly_self" prepare
}

dayfly_prepare() {
    dayfly_stage=clone
    dayfly_log=$dayfly_state/clone.log
    dayfly_began=$(dayfly_load "$dayfly_state/clone.stage")
    dayfly_began=${dayfly_began%% *}
    dayfly_enter_checkout
    dayfly_stop_repeating
    dayfly_enable_manager
    # The machine's root file system as it is now: a file that a new one does not have.
    dayfly_here=${dayfly_self%/*}/installed
    dayfly_begin install
    if [ -z "$dayfly_install" ]; then
        dayfly_end skipped
    elif dayfly_done install && { dayfly_stays_in_checkout "$dayfly_install" || [ "$(dayfly_load "$dayfly_here")" = "$(dayfly_digest install)" ]; }; then
        dayfly_say "install: done before with this commit"
        dayfly_end skipped
    else
        rm -f "$dayfly_state/install.done" "$dayfly_state/build.done"
        : >"$dayfly_log"
        dayfly_say "install: $dayfly_install"
        # A preview builds, whatever NODE_ENV says: the packages for that are needed.
        dayfly_run "${DAYFLY_INSTALL_SECONDS:-600}" env "npm_config_include=${npm_config_include-dev}" \
            "YARN_PRODUCTION=${YARN_PRODUCTION-false}" sh -c "$dayfly_install"
        dayfly_judge 22
        dayfly_store "$dayfly_state/install.done" "$(dayfly_digest install)"
        dayfly_store "$dayfly_here" "$(dayfly_digest install)" 2>/dev/null
    fi
    dayfly_begin build
    if [ -z "$dayfly_build" ]; then
        dayfly_end skipped
    elif dayfly_done build; then
        dayfly_say "build: done before with this commit"
        dayfly_end skipped
    else
        rm -f "$dayfly_state/build.done"
        : >"$dayfly_log"
        dayfly_say "build: $dayfly_build"
        dayfly_run "${DAYFLY_BUILD_SECONDS:-900}" sh -c "$dayfly_build"
        dayfly_judge 23
        dayfly_store "$dayfly_state/build.done" "$(dayfly_digest build)"
    fi
    for dayfly_name in ${DAYFLY_BUILD_SECRETS-}; do
        case $dayfly_name in '' | [0-9]* | *[!A-Za-z0-9_]*) ;; *) unset "$dayfly_name" ;; esac
    done
    exec sh "$dayfly_self" start
}

dayfly_start() {
    dayfly_enter_checkout
    dayfly_begin start
    : >"$dayfly_log"
    if [ -z "$dayfly_start" ]; then
        dayfly_give_up 24 'nothing to start: package.json has neither a dev nor a start script, nor a main file; set spec.runtime.start'
    fi
    dayfly_say "start: $dayfly_start"
    dayfly_run 0 sh -c "$dayfly_start"
    dayfly_say "start: ended with exit code $dayfly_code"
    [ "$dayfly_code" = 0 ] || dayfly_code=24
    dayfly_end "$dayfly_code"
    exit "$dayfly_code"
}

# --- report ----------------------------------------------------------------------------------------------------------------

# Who can reach a listener on the port: "all", "loopback" or "none". From /proc/net, because an image may hold no tool for it.
dayfly_port_state() {
    dayfly_hex=$(printf '%04X' "$1")
    dayfly_found=none
    for dayfly_table in /proc/net/tcp /proc/net/tcp6; do
        [ -r "$dayfly_table" ] || continue
        # The columns: number, local address:port, remote address:port, state; 0A is LISTEN.
        while read -r _ dayfly_local _ dayfly_status _; do
            [ "$dayfly_status:${dayfly_local#*:}" = "0A:$dayfly_hex" ] || continue
            case ${dayfly_local%:*} in
                ??????7F | 0000000000000000FFFF0000??????7F | 00000000000000000000000001000000)
                    [ "$dayfly_found" = all ] || dayfly_found=loopback
                    ;;
                *) dayfly_found=all ;;
            esac
        done <"$dayfly_table"
    done
    printf '%s' "$dayfly_found"
}

# Lines of words that only this program wrote; what a log holds stands behind a bar, so that it cannot be taken for one of them.
dayfly_report() { # [LINES [STATE [FROM]]]
    LC_ALL=C
    export LC_ALL
    dayfly_lines=50
    case ${1-} in '' | *[!0-9]*) ;; *) dayfly_lines=$1 ;; esac
    [ "$dayfly_lines" -le 1000 ] || dayfly_lines=1000
    [ -z "${2-}" ] || dayfly_state=$2
    dayfly_from=${3-}
    printf 'dayfly-boot 1\nnow %s\n' "$(date +%s)"
    dayfly_stage=$(dayfly_load "$dayfly_state/current")
    [ -z "$dayfly_stage" ] || printf 'stage %s\n' "$dayfly_stage"
    dayfly_commit=$(dayfly_load "$dayfly_state/commit")
    [ -z "$dayfly_commit" ] || printf 'commit %s\n' "$dayfly_commit"
    dayfly_port=$(dayfly_load "$dayfly_state/port")
    case $dayfly_port in '' | *[!0-9]*) ;; *) printf 'port %s %s\n' "$dayfly_port" "$(dayfly_port_state "$dayfly_port")" ;; esac
    dayfly_escape=$(printf '\033')
    dayfly_show=
    for dayfly_name in clone install build start; do
        dayfly_times=$(dayfly_load "$dayfly_state/$dayfly_name.stage")
        [ -z "$dayfly_times" ] || printf '%s %s\n' "$dayfly_name" "$dayfly_times"
    done
    for dayfly_name in clone install build start; do
        [ "$dayfly_name" != "${dayfly_from:-$dayfly_stage}" ] || dayfly_show=1
        if [ -z "$dayfly_show" ] || [ ! -f "$dayfly_state/$dayfly_name.log" ]; then continue; fi
        printf 'log %s\n' "$dayfly_name"
        # The last line of a log that is still written may have no end yet: it is given one.
        tail -c 32768 "$dayfly_state/$dayfly_name.log" | tr '\r' '\n' |
            sed "s/$dayfly_escape\\[[0-9;?]*[A-Za-z]//g" | tr -d '\000-\010\013-\037\177' | grep -v '^[[:space:]]*$' |
            tail -n "$dayfly_lines" | cut -c 1-500 | sed 's/^/|/'
        [ "$dayfly_name" != "$dayfly_stage" ] || break
    done
    printf 'end\n'
}

case ${1-} in
    '') dayfly_set_up && dayfly_main ;;
    clone) dayfly_clone ;;
    prepare) dayfly_set_up && dayfly_prepare ;;
    start) dayfly_set_up && dayfly_start ;;
    report) shift && dayfly_report "$@" ;;
    *) printf 'usage: boot.sh [report [LINES [STATE [FROM]]]]\n' >&2 && exit 2 ;;
esac
