// See machine.h.
#include "tests/unit/boot/machine.h"

#include <sys/stat.h>

#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "controller/boot/program.h"

namespace dayfly::boot {

namespace fs = std::filesystem;

fs::path find_program(std::string const& name) {
    std::istringstream path(std::getenv("PATH"));
    for (std::string folder; std::getline(path, folder, ':');) {
        if (fs::exists(fs::path(folder) / name)) return fs::path(folder) / name;
    }
    throw std::runtime_error(name + " is not installed; ./dev deps installs it");
}

BootProgram::BootProgram() {
    test::write_text(root() / "dayfly" / "boot.sh", program_text());
    fs::create_directories(programs());
    fs::create_directories(outside());
    if (GetParam() == "busybox") {
        auto const installed =
            test::run({.arguments = {find_program("busybox"), "--install", "-s", programs()}, .environment = {}});
        if (installed.code != 0) throw std::runtime_error(installed.output);
    } else {
        fs::create_symlink(find_program(GetParam()), programs() / "sh");
    }
    environment_ = test::plain_environment();
    environment_["PATH"] = programs().string() + ":" + environment_["PATH"];
    environment_["HOME"] = root() / "home";
    environment_["DAYFLY_WORKSPACE"] = workspace();
    environment_["DAYFLY_STATE"] = workspace() / ".dayfly";
    environment_["DAYFLY_PATH"] = ".";
    environment_["UP"] = outside() / "up";
}

void BootProgram::install_program(std::string const& name, std::string const& text) const {
    auto const file = programs() / name;
    fs::remove(file);
    test::write_text(file, text);
    fs::permissions(file, fs::perms::owner_all);
}

void BootProgram::wants(test::GitRepository const& repository, std::string const& commit) {
    environment_["DAYFLY_REPOSITORY"] = repository.url();
    environment_["DAYFLY_REF"] = "refs/heads/main";
    environment_["DAYFLY_COMMIT"] = commit;
}

test::Command BootProgram::command(std::vector<std::string> arguments) const {
    std::vector<std::string> words{"sh", root() / "dayfly" / "boot.sh"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return {.arguments = std::move(words), .environment = environment_, .directory = root()};
}

test::Finished BootProgram::boot() const { return test::run(command({})); }

std::unique_ptr<test::ChildProcess> BootProgram::start() {
    fs::remove(outside() / "up");
    if (::mkfifo((outside() / "up").c_str(), 0600) != 0) throw std::runtime_error("mkfifo failed");
    auto child = std::make_unique<test::ChildProcess>(command({}));
    // Opening a pipe for reading ends when somebody opens it for writing. A program that ends before that would leave us here.
    test::ChildProcess reader({.arguments = {"cat", outside() / "up"}, .environment = test::plain_environment()});
    if (!reader.wait() || reader.output().empty()) throw std::runtime_error("it did not come up: " + child->output());
    came_up_ = reader.output();
    return child;
}

std::string BootProgram::report_text(unsigned lines, std::string const& from) const {
    auto arguments = report_command(environment_, lines, from);
    arguments.erase(arguments.begin(), arguments.begin() + 2);  // /bin/sh and the path in a real machine
    auto asked = command(std::move(arguments));
    // Nobody promises that a command in a machine gets the machine's variables.
    asked.environment = {{"PATH", environment_.at("PATH")}};
    return test::run(asked).output;
}

Progress BootProgram::report(unsigned lines, std::string const& from) const {
    auto const text = report_text(lines, from);
    auto progress = read_report(text);
    if (!progress) throw std::runtime_error(progress.error().message + ":\n" + text);
    return std::move(*progress);
}

void BootProgram::renew_root() const {
    for (auto const& entry : fs::directory_iterator(root())) {
        if (entry.path() != workspace()) fs::remove_all(entry.path());
    }
    test::write_text(root() / "dayfly" / "boot.sh", program_text());
}

std::vector<std::string> BootProgram::files_with(std::string const& text) const {
    std::vector<std::string> found;
    for (auto const& entry : fs::recursive_directory_iterator(root())) {
        if (entry.is_regular_file() && test::read_text(entry.path()).find(text) != std::string::npos)
            found.push_back(entry.path());
    }
    return found;
}

}  // namespace dayfly::boot
