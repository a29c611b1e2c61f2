#include "controller/fly_local/sandbox.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <system_error>

namespace dayfly::fly_local {

namespace fs = std::filesystem;

namespace {

/// What programs need of /etc, and nothing that tells of this computer's people and keys.
constexpr std::array visible_in_etc{"alternatives", "ca-certificates", "group",      "hosts",          "ld.so.cache",
                                    "localtime",    "nsswitch.conf",   "passwd",     "protocols",      "resolv.conf",
                                    "services",     "ssl/certs",       "mime.types", "ssl/openssl.cnf"};

void add(std::vector<std::string>& words, std::initializer_list<std::string> more) { words.insert(words.end(), more); }

/// The system's programs and libraries, read-only. Links of a merged system are in the machine's root already (prepare()).
std::vector<std::string> system_view() {
    std::vector<std::string> words{"--ro-bind", "/usr", "/usr"};
    for (std::string const folder : system_folders) {
        std::error_code error;
        if (!fs::is_symlink(folder, error)) add(words, {"--ro-bind-try", folder, folder});
    }
    for (std::string const name : visible_in_etc) add(words, {"--ro-bind-try", "/etc/" + name, "/etc/" + name});
    add(words, {"--proc", "/proc", "--dev", "/dev"});
    return words;
}

std::vector<std::string> container() {
    return {"bwrap",
            "--die-with-parent",
            "--new-session",
            "--unshare-pid",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
            "--cap-drop",
            "ALL"};
}

/// Runs a program to its end, its words thrown away, and returns its exit code; -1: it cannot be started.
int exit_code_of(std::vector<std::string> const& words, std::string const& path) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto const& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    auto variable = "PATH=" + path;
    std::array<char*, 2> environment{variable.data(), nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    for (int const descriptor : {0, 1, 2}) ::posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0);
    pid_t child = 0;
    auto const failed = ::posix_spawnp(&child, argv.front(), &actions, nullptr, argv.data(), environment.data());
    ::posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (failed != 0 || ::waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

Result<void> try_bubblewrap(std::string const& path) {
    constexpr int expected = 42;
    auto words = container();
    for (auto& word : system_view()) words.push_back(std::move(word));
    for (std::string const folder : system_folders) {
        std::error_code error;
        if (fs::is_symlink(folder, error)) add(words, {"--symlink", fs::read_symlink(folder, error).string(), folder});
    }
    add(words, {"/bin/sh", "-c", "exit " + std::to_string(expected)});
    auto const code = exit_code_of(words, path);
    if (code == expected) return {};
    return failure(ErrorKind::Unavailable, code < 0 || code == 127
                                               ? "bubblewrap (bwrap) is not installed"
                                               : "bubblewrap (bwrap) is installed but may not make containers here");
}

Command Sandbox::command(std::vector<std::string> const& words) const {
    Command command;
    auto const is_plain = isolation == Isolation::Plain;
    for (auto const& [name, value] : environment) {
        command.environment.push_back(name + "=" + (is_plain ? root.mapped(value) : value));
    }
    if (is_plain) {
        for (auto const& word : words) command.words.push_back(root.mapped(word));
        command.directory = root.root.string();
        return command;
    }
    command.words = container();
    add(command.words, {"--hostname", host_name, "--info-fd", "4", "--bind", root.root.string(), "/"});
    for (auto& word : system_view()) command.words.push_back(std::move(word));
    if (!root.volume.empty()) add(command.words, {"--bind", root.volume.string(), root.mount_path});
    if (!readable.empty()) add(command.words, {"--ro-bind-try", readable, readable});
    add(command.words, {"--chdir", "/", "--"});
    command.words.insert(command.words.end(), words.begin(), words.end());
    command.tells_group = true;
    return command;
}

}  // namespace dayfly::fly_local
