#include "controller/github/local_repository.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string_view>

#include "controller/base/file.h"
#include "controller/github/address.h"

namespace dayfly::github {
namespace {

constexpr std::size_t max_reference = 4u << 10;
constexpr std::size_t max_packed = 16u << 20;
constexpr int max_links = 5;

/// The file's first line; nothing when it is not there.
Result<std::optional<std::string>> first_line(std::string const& path) {
    auto text = read_file(path, max_reference);
    if (!text && text.error().kind == ErrorKind::NotFound) return std::nullopt;
    // A folder refs/heads/feature beside a branch feature/cart is no reference.
    if (!text && text.error().kind == ErrorKind::InvalidInput) return std::nullopt;
    if (!text) return std::unexpected(std::move(text.error()));
    return text->substr(0, text->find_first_of("\r\n"));
}

/// "HASH refs/heads/main" lines; "^HASH" is the commit of the tag above it.
std::map<std::string, std::string> read_packed(std::string_view text) {
    std::map<std::string, std::string> commits;
    std::string last;
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.starts_with('^') && !last.empty() && is_commit(line.substr(1))) {
            commits.insert_or_assign(last, std::string(line.substr(1)));
            continue;
        }
        auto const space = line.find(' ');
        if (space == std::string_view::npos || !is_commit(line.substr(0, space))) continue;
        last = line.substr(space + 1);
        commits.insert_or_assign(last, std::string(line.substr(0, space)));
    }
    return commits;
}

}  // namespace

Result<References> local_references(std::string const& folder, std::vector<std::string> const& names) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    auto const root = fs::is_directory(folder + "/.git", ignored) ? folder + "/.git" : folder;
    auto head = first_line(root + "/HEAD");
    if (!head) return std::unexpected(std::move(head.error()));
    if (!*head) return failure(ErrorKind::NotFound, fmt::format("{} is no Git repository", folder));

    auto packed_text = read_file(root + "/packed-refs", max_packed);
    if (!packed_text && packed_text.error().kind != ErrorKind::NotFound) return std::unexpected(std::move(packed_text.error()));
    auto const packed = packed_text ? read_packed(*packed_text) : std::map<std::string, std::string>();

    References references;
    if ((*head)->starts_with("ref: ")) references.head = (*head)->substr(5);
    auto wanted = names;
    wanted.push_back(references.head);
    for (auto const& name : wanted) {
        if (!name.starts_with("refs/") || name.find("..") != std::string::npos) continue;
        auto at = name;
        for (int links = 0; links < max_links; ++links) {
            auto const line = first_line(root + '/' + at);
            if (!line) return std::unexpected(line.error());
            if (*line && (*line)->starts_with("ref: refs/") && (*line)->find("..") == std::string::npos) {
                at = (*line)->substr(5);
                continue;
            }
            if (*line && is_commit(**line)) {
                references.commits.insert_or_assign(name, **line);
            } else if (auto const found = packed.find(at); found != packed.end()) {
                references.commits.insert_or_assign(name, found->second);
            }
            break;
        }
    }
    if (is_commit(**head)) references.commits.insert_or_assign("HEAD", **head);
    if (auto const found = references.commits.find(references.head); found != references.commits.end()) {
        references.commits.insert_or_assign("HEAD", found->second);
    }
    return references;
}

}  // namespace dayfly::github
