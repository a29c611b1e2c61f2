#include "controller/github/address.h"

#include <algorithm>

#include "controller/http/client.h"

namespace dayfly::github {
namespace {

std::string_view without_git(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    if (path.ends_with(".git")) path.remove_suffix(4);
    return path;
}

Result<Address> remote(std::string const& url, std::string_view github_host) {
    auto const parsed = http::parse_url(url);
    if (!parsed) return failure(parsed.error(), "repository");
    if (parsed->target.find('?') != std::string::npos)
        return failure(ErrorKind::InvalidInput, "repository: a URL with a query");
    auto const& origin = parsed->origin;
    auto const name = without_git(parsed->target);
    if (origin.tls && origin.host == github_host && is_full_name(name)) return Address{.text = std::string(name)};
    bool const is_local = http::is_loopback(origin.host);
    if (!origin.tls && !is_local) {
        return failure(ErrorKind::InvalidInput, "repository: http:// is for loopback only", "Write https://.");
    }
    return Address{.kind = Address::Kind::Remote, .text = url, .is_local = is_local};
}

}  // namespace

Result<Address> parse_address(std::string_view repository, std::string_view github_host) {
    if (is_full_name(repository)) return Address{.text = std::string(repository)};
    if (repository.starts_with("https://") || repository.starts_with("http://")) {
        return remote(std::string(repository), github_host);
    }
    if (repository.starts_with("file:///")) {
        return Address{.kind = Address::Kind::Folder, .text = http::percent_decode(repository.substr(7)), .is_local = true};
    }
    // ssh://git@host/path and git@host:path: the key stays with whoever has it; the same host's https serves the references.
    if (repository.starts_with("ssh://")) {
        auto rest = repository.substr(6);
        if (auto const at = rest.find('@'); at < rest.find('/')) rest.remove_prefix(at + 1);
        auto const host = rest.substr(0, rest.find_first_of(":/"));
        auto const path = rest.find('/') == std::string_view::npos ? std::string_view() : rest.substr(rest.find('/'));
        if (!host.empty() && !path.empty()) return remote("https://" + std::string(host) + std::string(path), github_host);
    } else if (auto const at = repository.find('@'), colon = repository.find(':');
               at != std::string_view::npos && colon != std::string_view::npos && at < colon) {
        return remote("https://" + std::string(repository.substr(at + 1, colon - at - 1)) + "/" +
                          std::string(repository.substr(colon + 1)),
                      github_host);
    }
    return failure(ErrorKind::InvalidInput, "repository: it is neither owner/name nor a URL that can be asked",
                   "Write owner/name for GitHub, or an https:// URL.");
}

bool is_commit(std::string_view text) {
    return (text.size() == 40 || text.size() == 64) &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_full_name(std::string_view text) {
    auto const slash = text.find('/');
    auto const is_name = [](std::string_view name) {
        return !name.empty() && name.size() <= 100 && name != "." && name != ".." && std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                   c == '.';
        });
    };
    return slash != std::string_view::npos && is_name(text.substr(0, slash)) && is_name(text.substr(slash + 1));
}

}  // namespace dayfly::github
