#include "controller/fly_local/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace dayfly::fly_local {
namespace {

constexpr int report_descriptor = 3;
constexpr int group_descriptor = 4;

void restore_signals() {
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void place_descriptors(Supervised const& what) {
    ::dup2(what.input, 0);
    ::dup2(what.out, 1);
    ::dup2(what.err, 2);
    ::dup2(what.report, report_descriptor);
    if (what.group >= 0) ::dup2(what.group, group_descriptor);
    // Nothing else of this program may stay open in another: listening sockets, connections, the other machines' pipes.
    ::syscall(SYS_close_range, what.group >= 0 ? group_descriptor + 1 : group_descriptor, ~0U, 0);
}

[[noreturn]] void become(Supervised const& what, pid_t supervisor) {
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != supervisor) ::_exit(128 + SIGKILL);
    ::fcntl(report_descriptor, F_SETFD, FD_CLOEXEC);
    restore_signals();
    if (::chdir(what.directory) == 0) ::execve(what.program, what.argv, what.environment);
    int const reason = -errno;
    [[maybe_unused]] auto const told = ::write(report_descriptor, &reason, sizeof reason);
    ::_exit(127);
}

/// Kills every child there is. As the orphans of killed ones come to us, repeating it reaches everything.
void kill_children() {
    auto const file = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    char text[4096];
    auto const size = ::read(file, text, sizeof text - 1);
    ::close(file);
    if (size <= 0) return;
    text[size] = '\0';
    for (char* at = text; *at != '\0';) {
        char* end = at;
        auto const pid = std::strtol(at, &end, 10);
        if (end == at) break;
        if (pid > 0) ::kill(static_cast<pid_t>(pid), SIGKILL);
        at = end;
    }
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

void supervise(Supervised const& what) {
    ::prctl(PR_SET_NAME, "dayfly-machine");
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != what.parent) ::_exit(128 + SIGKILL);
    place_descriptors(what);
    auto const self = ::getpid();
    auto const main = ::fork();
    if (main == 0) become(what, self);
    int const told = main > 0 ? main : -errno;
    [[maybe_unused]] auto const written = ::write(report_descriptor, &told, sizeof told);
    ::close(report_descriptor);
    if (main < 0) ::_exit(127);

    sigset_t awaited;
    ::sigemptyset(&awaited);
    ::sigaddset(&awaited, SIGCHLD);
    ::sigaddset(&awaited, SIGTERM);
    int code = 128 + SIGKILL;
    for (bool ended = false; !ended;) {
        int number = 0;
        if (::sigwait(&awaited, &number) != 0) continue;
        ended = number == SIGTERM;
        int status = 0;
        for (pid_t gone = 0; (gone = ::waitpid(-1, &status, WNOHANG)) > 0;) {
            if (gone != main) continue;
            code = code_of(status);
            ended = true;
        }
    }
    ::kill(-main, SIGKILL);
    for (;;) {
        kill_children();
        int status = 0;
        auto const gone = ::waitpid(-1, &status, 0);
        if (gone < 0 && errno == ECHILD) ::_exit(code);
    }
}

}  // namespace dayfly::fly_local
