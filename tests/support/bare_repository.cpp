#include "tests/support/bare_repository.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace dayfly::test {
namespace {

namespace fs = std::filesystem;

struct Finished {
    int code = 0;
    std::string output;
};

std::string make_folder() {
    auto name = (fs::temp_directory_path() / "dayfly-git-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return name;
}

/// Runs git with exactly these arguments and variables; nothing of the developer's own configuration reaches it.
Finished run_git(std::vector<std::string> arguments, std::vector<std::string> variables, std::string const& input) {
    auto const place = make_folder();
    std::ofstream(place + "/input", std::ios::binary) << input;
    arguments.insert(arguments.begin(), "git");
    variables.insert(variables.end(), {"PATH=" + std::string(std::getenv("PATH")), "HOME=" + place, "GIT_CONFIG_NOSYSTEM=1",
                                       "GIT_AUTHOR_NAME=Test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_COMMITTER_NAME=Test",
                                       "GIT_COMMITTER_EMAIL=test@example.com", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z",
                                       "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z"});
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::vector<char*> environment;
    for (auto& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, (place + "/input").c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, (place + "/output").c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    int const problem = posix_spawnp(&child, "git", &files, nullptr, argv.data(), environment.data());
    posix_spawn_file_actions_destroy(&files);
    if (problem != 0) throw std::runtime_error("git cannot be run");
    Finished finished;
    ::waitpid(child, &finished.code, 0);
    std::ifstream output(place + "/output", std::ios::binary);
    finished.output.assign(std::istreambuf_iterator<char>(output), {});
    fs::remove_all(place);
    return finished;
}

}  // namespace

BareRepository::BareRepository() : root_(make_folder()), folder_(root_ + "/shop.git") {
    run_git({"init", "-q", "--bare", "-b", "main", folder_}, {}, {});
}

BareRepository::~BareRepository() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
}

std::string BareRepository::git(std::vector<std::string> const& arguments) const {
    auto all = arguments;
    all.insert(all.begin(), {"-C", folder_});
    auto finished = run_git(std::move(all), {}, {});
    if (finished.code != 0) throw std::runtime_error("git " + arguments.front() + " failed");
    while (finished.output.ends_with('\n')) finished.output.pop_back();
    return finished.output;
}

std::string BareRepository::commit(std::string const& text, std::string const& parent) const {
    auto const file = folder_ + "/file-to-add";
    std::ofstream(file) << text;
    auto const blob = git({"hash-object", "-w", file});
    git({"update-index", "--add", "--cacheinfo", "100644," + blob + ",file"});
    auto const tree = git({"write-tree"});
    std::vector<std::string> arguments{"commit-tree", tree, "-m", text};
    if (!parent.empty()) arguments.insert(arguments.end(), {"-p", parent});
    return git(arguments);
}

http::Response git_http_backend(std::string const& root, http::Request const& request) {
    auto const header = [&](char const* name) {
        auto const* value = request.headers.find(name);
        return value == nullptr ? std::string() : *value;
    };
    auto const path = std::string(http::path_of(request.target));
    auto const query = request.target.size() > path.size() ? request.target.substr(path.size() + 1) : std::string();
    auto const finished =
        run_git({"http-backend"},
                {"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "REQUEST_METHOD=" + request.method,
                 "PATH_INFO=" + http::percent_decode(path), "QUERY_STRING=" + query, "REMOTE_ADDR=127.0.0.1",
                 "CONTENT_TYPE=" + header("Content-Type"), "CONTENT_LENGTH=" + std::to_string(request.body.size()),
                 "GIT_PROTOCOL=" + header("Git-Protocol")},
                request.body);
    // A CGI answer: headers, an empty line, the body; the status is a header.
    http::Response response;
    auto const end = finished.output.find("\r\n\r\n");
    if (end == std::string::npos) return http::Response{.status = 500};
    std::string_view head(finished.output.data(), end);
    while (!head.empty()) {
        auto const line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(head.size(), line.size() + 2));
        auto const colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        if (line.starts_with("Status: ")) {
            response.status = std::atoi(std::string(line.substr(8)).c_str());
        } else {
            response.headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
        }
    }
    response.body = finished.output.substr(end + 4);
    return response;
}

}  // namespace dayfly::test
