// `dayfly init REPOSITORY`: looks at a repository and writes a first YAML for it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "controller/base/file.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_code.h"
#include "controller/cli/first_spec.h"
#include "controller/cli/following.h"
#include "controller/cli/run_loop.h"
#include "controller/github/detect.h"
#include "controller/github/repositories.h"

namespace dayfly::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_names = 10'000;

struct InitOptions {
    std::string repository;
    std::string path = ".";
    std::string branch;
};

/// The names in a folder; those of folders end with '/'.
std::set<std::string> names_in(fs::path const& folder) {
    std::set<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end && names.size() < most_names;
         entry.increment(error)) {
        std::error_code ignored;
        names.insert(entry->path().filename().string() + (entry->is_directory(ignored) ? "/" : ""));
    }
    return names;
}

Result<github::Detection> detect_in_folder(fs::path const& root, std::string const& path) {
    auto const folder = path == "." ? root : root / path;
    std::error_code error;
    if (!fs::is_directory(folder, error)) return failure(ErrorKind::NotFound, fmt::format("{} is no folder", folder.string()));
    github::Clues clues{.path = path == "." ? std::string() : path, .root = names_in(root), .names = names_in(folder)};
    if (path == "." && clues.names.contains("HEAD") && clues.names.contains("objects/")) {
        return failure(ErrorKind::InvalidInput, fmt::format("{} is a bare repository, which shows no files", root.string()),
                       "Give a checkout of it.");
    }
    for (auto const& name : github::files_to_read(clues)) {
        auto text = read_file((folder / name).string(), github::max_clue_bytes);
        if (text) clues.files.emplace(name, std::move(*text));
    }
    return github::detect_from(clues);
}

/// How a checkout is best called in a file: by where it came from, else by its own place.
std::string repository_of_checkout(fs::path const& root, std::string const& github_host) {
    auto const config = read_file((root / ".git" / "config").string(), 256u << 10);
    auto const section = config ? config->find("[remote \"origin\"]") : std::string::npos;
    if (section != std::string::npos) {
        auto const key = config->find("url = ", section);
        if (key != std::string::npos && key < config->find("\n[", section)) {
            auto url = config->substr(key + 6, config->find('\n', key) - key - 6);
            // A password in a remote's URL must not end up in a file.
            auto const address = github::parse_address(url, github_host);
            if (address && address->kind == github::Address::Kind::Github) return address->text;
            if (address && !address->is_local) return url;
        }
    }
    return "file://" + fs::absolute(root).lexically_normal().string();
}

/// Prints the YAML, or the error.
int write(Result<github::Detection> const& detection, std::string repository, std::string const& path) {
    if (!detection) return report(detection.error());
    fmt::print("{}", first_spec({.repository = std::move(repository), .path = path, .detection = *detection}));
    std::fflush(stdout);
    return done;
}

Task<Result<github::Detection>> detect_at_github(github::Hosts& hosts, github::Place place, InitOptions options) {
    github::Reference reference;
    if (!options.branch.empty()) reference = {.kind = github::Reference::Kind::Branch, .name = options.branch};
    auto const heads = co_await hosts.look(place, {reference}, {reference});
    auto const found = heads.find(reference);
    if (found == heads.end()) co_return failure(ErrorKind::Unavailable, "GitHub did not tell the head");
    if (!found->second) co_return std::unexpected(found->second.error());
    if (!*found->second) {
        co_return failure(ErrorKind::NotFound, fmt::format("{} has no {}", options.repository, reference.text()));
    }
    co_return co_await hosts.detect(place, (*found->second)->commit, options.path);
}

Task<int> detect_and_write(github::Hosts& hosts, github::Place place, InitOptions options) {
    auto const detection = co_await detect_at_github(hosts, place, options);
    co_return write(detection, place.address.text, options.path);
}

int init(Settings const& settings, InitOptions const& options) {
    std::error_code error;
    auto const base = settings.github_base();
    if (!base) return report_local(base.error());
    auto const& given = options.repository;
    if (given.starts_with("file://") || (given.find(':') == std::string::npos && fs::is_directory(given, error))) {
        auto const root = fs::path(given.starts_with("file://") ? given.substr(7) : given);
        return write(detect_in_folder(root, options.path), repository_of_checkout(root, github::visible_host(*base)),
                     options.path);
    }
    SystemClock clock;
    boost::asio::io_context context(1);
    auto access = github_access(settings, clock);
    if (!access) return report(access.error());
    auto const address = github::parse_address(given, github::visible_host(*base));
    if (!address) return report(address.error());
    if (address->kind != github::Address::Kind::Github) {
        return report({.kind = ErrorKind::InvalidInput,
                       .message = given + " is not at GitHub, and other hosts show no single files",
                       .hint = "Clone it and give the path of the checkout."});
    }
    github::Observer observer;
    github::Hosts hosts(clock, *access->transport, access->credentials, observer, {});
    return run_until_signal(context, detect_and_write(hosts, {.address = *address}, options));
}

}  // namespace

void add_init(CLI::App& app, Settings& settings, Run& run) {
    auto* command = app.add_subcommand("init", "Look at a repository and write a first YAML for it");
    add_common(*command, settings);
    add_github(*command, settings);
    auto options = std::make_shared<InitOptions>();
    command->add_option("repository", options->repository, "owner/name at GitHub, its URL, or the path of a checkout")
        ->required();
    command->add_option("--path", options->path, "Part of a monorepo");
    command->add_option("--branch", options->branch, "Another branch than the default one");
    command->callback([&run, &settings, options] { run = [&settings, options] { return init(settings, *options); }; });
}

}  // namespace dayfly::cli
