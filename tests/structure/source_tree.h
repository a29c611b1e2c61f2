// The project's own sources as text, and the rules that hold between them.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace dayfly::test {

struct SourceFile {
    std::string path;  ///< from the repository's root
    std::string text;

    /// What stands between the quotes or brackets of each #include.
    [[nodiscard]] std::vector<std::string> includes() const;
    /// The folder of the architecture's table that the file belongs to: "controller/plan", "specs"; empty outside of it.
    [[nodiscard]] std::string room() const;
};

/// Every text file that belongs to the project, in order of their paths.
[[nodiscard]] std::vector<SourceFile> const& project_files();
/// Those that are C++.
[[nodiscard]] std::vector<SourceFile> cpp_files();

/// What is wrong with one file, one sentence each; empty when nothing is.
using Findings = std::vector<std::string>;

/// Includes of a room that does not stand below the file's own.
[[nodiscard]] Findings upward_includes(SourceFile const& file);
/// Beast and OpenSSL's TLS outside of controller/http's sources.
[[nodiscard]] Findings misplaced_transport(SourceFile const& file);
/// Timers, clocks and randomness that were not passed in.
[[nodiscard]] Findings misplaced_time(SourceFile const& file);
/// What plan/ and reconcile/ must not know.
[[nodiscard]] Findings forbidden_knowledge(SourceFile const& file);
/// A header, or a source file without a header of its name, that does not open with a comment.
[[nodiscard]] Findings missing_opening(SourceFile const& file, std::function<bool(std::string const&)> const& exists);
/// Paths that exist on one machine only.
[[nodiscard]] Findings machine_paths(SourceFile const& file);

}  // namespace dayfly::test
