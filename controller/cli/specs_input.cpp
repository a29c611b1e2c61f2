// See specs_input.h.
#include "controller/cli/specs_input.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>

#include "controller/base/file.h"
#include "controller/base/printable.h"
#include "controller/cli/exit_code.h"
#include "controller/source/spec_names.h"

namespace dayfly::cli {
namespace {

constexpr std::size_t max_files = 20'000;
constexpr std::size_t most_bytes_looked_at = 64u << 20;

Result<std::vector<std::string>> files_below(std::string const& root) {
    std::vector<std::string> files;
    std::error_code error;
    std::filesystem::recursive_directory_iterator walk(root, std::filesystem::directory_options::none, error);
    for (auto const end = std::filesystem::recursive_directory_iterator(); !error && walk != end; walk.increment(error)) {
        auto const name = walk->path().filename().string();
        if (walk->is_directory(error) && name.starts_with('.')) walk.disable_recursion_pending();
        if (walk->is_regular_file(error) && source::is_spec_name(name)) files.push_back(walk->path().string());
        if (files.size() > max_files) return failure(ErrorKind::InvalidInput, root + ": more than 20,000 files");
    }
    if (error) return failure(ErrorKind::Unavailable, root + ": " + error.message());
    std::ranges::sort(files);
    return files;
}

void take(SpecsInput& input, specs::Loaded loaded) {
    std::ranges::move(loaded.environments, std::back_inserter(input.environments));
    std::ranges::move(loaded.problems, std::back_inserter(input.problems));
    std::ranges::move(loaded.notes, std::back_inserter(input.notes));
    ++input.files;
}

/// No more is read than one byte over the limit: it may have no end.
void read_standard_input(SpecsInput& input, specs::LoadOptions const& options) {
    constexpr char name[] = "<stdin>";
    std::string text;
    char buffer[16384];
    while (text.size() <= options.limits.max_bytes && (std::cin.read(buffer, sizeof buffer) || std::cin.gcount() > 0)) {
        text.append(buffer, static_cast<std::size_t>(std::cin.gcount()));
    }
    if (text.size() <= options.limits.max_bytes) return take(input, specs::load(text, name, options));
    ++input.files;
    input.problems.push_back(
        {.location = {.file = name, .line = 1, .column = 1},
         .field = "",
         .message = "it has more than " + std::to_string(options.limits.max_bytes) + " bytes, and no more are read; split it"});
}

/// One object in two places is a mistake of both.
void refuse_doubles(SpecsInput& input) {
    std::map<specs::Key, std::vector<specs::Location>> places;
    for (auto const& environment : input.environments) places[environment.key].push_back(environment.name_location);
    std::erase_if(input.environments, [&](specs::PreviewEnvironment const& environment) {
        auto const& all = places[environment.key];
        if (all.size() == 1) return false;
        auto const& other = all.front() == environment.name_location ? all.back() : all.front();
        input.problems.push_back({.location = environment.name_location,
                                  .field = "metadata.name",
                                  .message = environment.key.text() + " is also in " + other.file + ":" +
                                             std::to_string(other.line) + "; an object may stand in one place only"});
        return true;
    });
}

}  // namespace

SpecsInput read_specs(std::vector<std::string> const& paths, specs::LoadOptions const& options) {
    SpecsInput input;
    for (auto const& path : paths) {
        if (path == "-") {
            read_standard_input(input, options);
            continue;
        }
        std::error_code error;
        std::vector<std::string> files{path};
        if (std::filesystem::is_directory(path, error)) {
            auto below = files_below(path);
            if (!below) {
                input.unread.push_back(std::move(below.error()));
                continue;
            }
            files = std::move(*below);
        }
        for (auto const& file : files) {
            // More than allowed, so that the reader tells of the size in its own words.
            if (auto text = read_file(file, most_bytes_looked_at)) {
                take(input, specs::load(*text, file, options));
            } else {
                input.unread.push_back(std::move(text.error()));
            }
        }
    }
    refuse_doubles(input);
    return input;
}

int report_problems(SpecsInput const& input) {
    for (auto const& note : input.notes) {
        std::fprintf(stderr, "%s:%d:%d: note: %s\n", printable(note.location.file).c_str(), note.location.line,
                     note.location.column, printable(note.message).c_str());
    }
    for (auto const& problem : input.problems) std::fprintf(stderr, "%s\n", printable(problem.text()).c_str());
    int code = done;
    for (auto const& error : input.unread) {
        auto const one = report_local(error);
        if (code == done) code = error.kind == ErrorKind::InvalidInput ? static_cast<int>(invalid_spec) : one;
    }
    return input.problems.empty() ? code : static_cast<int>(invalid_spec);
}

}  // namespace dayfly::cli
