// A machine for the boot program: its own root directory, its own environment, and a real shell.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/boot/progress.h"
#include "tests/support/child_process.h"
#include "tests/support/git_repository.h"

namespace dayfly::boot {

/// The parameter: the shell, "dash" or "busybox". With busybox, all other programs but git and node are busybox's too.
class BootProgram : public testing::TestWithParam<std::string> {
protected:
    BootProgram();

    /// Sets what the program is told for this repository: the commit, and that the branch is `main`.
    void wants(test::GitRepository const& repository, std::string const& commit);
    /// Runs it to its end.
    test::Finished boot() const;
    /// Starts it and waits until its start command has written a line to $UP.
    std::unique_ptr<test::ChildProcess> start();
    /// What `boot.sh report` prints.
    [[nodiscard]] std::string report_text(unsigned lines = 50, std::string const& from = {}) const;
    [[nodiscard]] Progress report(unsigned lines = 50, std::string const& from = {}) const;
    /// The root file system is new, as after every start of a machine at Fly; the volume is what it was.
    void renew_root() const;
    /// Every file below the machine's root that holds `text`.
    [[nodiscard]] std::vector<std::string> files_with(std::string const& text) const;

    [[nodiscard]] std::filesystem::path root() const { return directory_.path() / "machine"; }
    [[nodiscard]] std::filesystem::path workspace() const { return root() / "workspace"; }
    [[nodiscard]] std::filesystem::path checkout() const { return workspace() / "source"; }
    [[nodiscard]] std::filesystem::path programs() const { return directory_.path() / "programs"; }
    [[nodiscard]] std::filesystem::path outside() const { return directory_.path() / "outside"; }
    /// A program of that name for the machine.
    void install_program(std::string const& name, std::string const& text) const;

    std::map<std::string, std::string> environment_;
    std::string came_up_;  ///< what the start command wrote to $UP

private:
    [[nodiscard]] test::Command command(std::vector<std::string> arguments) const;

    test::TemporaryDirectory directory_;
};

/// A path of a program of this computer. Throws when it is not there.
[[nodiscard]] std::filesystem::path find_program(std::string const& name);

}  // namespace dayfly::boot
