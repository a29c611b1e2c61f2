// See git_http_backend.h.
#include "tests/support/git_http_backend.h"

#include <stdexcept>

#include "tests/support/child_process.h"

namespace dayfly::test {
namespace {

std::string header(http::Request const& request, std::string_view name) {
    auto const* value = request.headers.find(name);
    return value == nullptr ? std::string() : *value;
}

/// The CGI answer as HTTP: headers, an empty line, the body.
http::Response from_cgi(std::string const& output) {
    http::Response response;
    std::size_t at = 0;
    for (;;) {
        auto const end = output.find("\r\n", at);
        if (end == std::string::npos) throw std::runtime_error("git http-backend: " + output);
        auto const line = output.substr(at, end - at);
        at = end + 2;
        if (line.empty()) break;
        auto const colon = line.find(": ");
        auto const name = line.substr(0, colon);
        auto const value = line.substr(colon + 2);
        if (name == "Status") {
            response.status = std::stoi(value);
        } else {
            response.headers.add(name, value);
        }
    }
    response.body = output.substr(at);
    return response;
}

}  // namespace

http::Response git_http_backend(std::filesystem::path const& root, http::Request const& request) {
    auto const path = std::string(http::path_of(request.target));
    auto const question = request.target.find('?');
    Command command{.arguments = {"git", "http-backend"}, .environment = plain_environment(), .input = request.body};
    command.environment.insert({{"GIT_PROJECT_ROOT", root.string()},
                                {"GIT_HTTP_EXPORT_ALL", "1"},
                                {"GIT_CONFIG_COUNT", "1"},
                                {"GIT_CONFIG_KEY_0", "safe.directory"},
                                {"GIT_CONFIG_VALUE_0", "*"},
                                {"PATH_INFO", http::percent_decode(path)},
                                {"QUERY_STRING", question == std::string::npos ? "" : request.target.substr(question + 1)},
                                {"REQUEST_METHOD", request.method},
                                {"CONTENT_TYPE", header(request, "Content-Type")},
                                {"CONTENT_LENGTH", std::to_string(request.body.size())},
                                {"HTTP_CONTENT_ENCODING", header(request, "Content-Encoding")},
                                {"GIT_PROTOCOL", header(request, "Git-Protocol")}});
    return from_cgi(run(command).output);
}

}  // namespace dayfly::test
