#include "controller/github/repositories.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/github/address.h"

namespace dayfly::github {
namespace {

/// GitHub lists no more files of a comparison than this.
constexpr std::size_t most_compared_files = 300;

std::unexpected<Error> wrong_shape(std::string_view doing) {
    return failure(ErrorKind::Unavailable, fmt::format("GET {}: the answer does not hold what GitHub's would", doing));
}

/// Slashes part of the path, everything else encoded.
std::string encoded_path(std::string_view path) {
    std::string text;
    while (true) {
        auto const slash = path.find('/');
        text += http::percent_encode(path.substr(0, slash));
        if (slash == std::string_view::npos) return text;
        text += '/';
        path.remove_prefix(slash + 1);
    }
}

std::optional<PullRequest> pull_request_from(Json const& json) {
    auto const number = number_at(json, "number");
    auto const state = text_at(json, "state");
    auto const& head = member(json, "head");
    PullRequest pull{.head_commit = text_at(head, "sha"),
                     .head_branch = text_at(head, "ref"),
                     .author_association = text_at(json, "author_association"),
                     .draft = flag_at(json, "draft"),
                     .updated_at = text_at(json, "updated_at")};
    if (!number || !is_commit(pull.head_commit) || (state != "open" && state != "closed")) return std::nullopt;
    pull.number = *number;
    if (state == "closed") {
        pull.state = member(json, "merged_at").is_string() ? PullRequestState::Merged : PullRequestState::Closed;
    }
    auto const from = number_at(member(head, "repo"), "id");
    auto const into = number_at(member(member(json, "base"), "repo"), "id");
    pull.from_fork = !from || !into || *from != *into;
    auto const author = number_at(member(json, "user"), "id");
    pull.author_owns_head = author && author == number_at(member(member(head, "repo"), "owner"), "id");
    return pull;
}

std::optional<Branch> branch_from(Json const& json) {
    Branch branch{.name = text_at(json, "name"), .commit = text_at(member(json, "commit"), "sha")};
    return branch.name.empty() || !is_commit(branch.commit) ? std::nullopt : std::optional(std::move(branch));
}

std::optional<FolderEntry> entry_from(Json const& json) {
    FolderEntry entry{.name = text_at(json, "name"), .is_folder = text_at(json, "type") == "dir"};
    return entry.name.empty() ? std::nullopt : std::optional(std::move(entry));
}

/// One page as a list; nothing of it when one element does not read.
template <class T>
Task<Result<Listing<T>>> read_list(Client& client, std::string repository, std::string target,
                                   std::optional<T> (*read)(Json const&)) {
    auto const doing = std::string(http::path_of(target));
    auto const answer = co_await client.get(std::move(repository), std::move(target));
    if (!answer) co_return std::unexpected(answer.error());
    auto const json = parse_json(answer->body);
    if (!json || !json->is_array()) co_return wrong_shape(doing);
    Listing<T> listing{.complete = answer->next.empty(), .unchanged = answer->unchanged};
    for (auto const& element : *json) {
        auto item = read(element);
        if (!item) co_return wrong_shape(doing);
        listing.items.push_back(std::move(*item));
    }
    co_return listing;
}

}  // namespace

Task<Result<Repository>> read_repository(Client& client, std::string repository) {
    auto const target = fmt::format("/repos/{}", repository);
    auto const json = co_await client.get_json(std::move(repository), target);
    if (!json) co_return std::unexpected(json.error());
    auto const id = number_at(*json, "id");
    Repository read{.full_name = text_at(*json, "full_name"),
                    .default_branch = text_at(*json, "default_branch"),
                    .is_private = flag_at(*json, "private"),
                    .archived = flag_at(*json, "archived")};
    if (!id || !is_full_name(read.full_name) || read.default_branch.empty()) co_return wrong_shape(target);
    read.id = *id;
    co_return read;
}

Task<Result<std::optional<std::string>>> read_commit(Client& client, std::string repository, std::string reference) {
    auto target = fmt::format("/repos/{}/commits/{}", repository, encoded_path(reference));
    auto const doing = target;
    auto answer = co_await client.get(std::move(repository), std::move(target), as_sha);
    // 422 "No commit found for SHA: heads/x", 409 "Git Repository is empty": the repository answers, the reference is not
    // there.
    if (!answer && (answer.error().kind == ErrorKind::InvalidConfig || answer.error().kind == ErrorKind::Conflict)) {
        co_return std::nullopt;
    }
    if (!answer) co_return std::unexpected(answer.error());
    if (!is_commit(answer->body)) co_return wrong_shape(doing);
    co_return std::move(answer->body);
}

Task<Result<PullRequest>> read_pull_request(Client& client, std::string repository, std::int64_t number) {
    auto const target = fmt::format("/repos/{}/pulls/{}", repository, number);
    auto const json = co_await client.get_json(std::move(repository), target);
    if (!json) co_return std::unexpected(json.error());
    auto pull = pull_request_from(*json);
    if (!pull || pull->number != number) co_return wrong_shape(target);
    co_return std::move(*pull);
}

Task<Result<Listing<PullRequest>>> read_recent_pull_requests(Client& client, std::string repository) {
    auto target = fmt::format("/repos/{}/pulls?state=all&sort=updated&direction=desc&per_page=100", repository);
    co_return co_await read_list<PullRequest>(client, std::move(repository), std::move(target), pull_request_from);
}

Task<Result<Listing<Branch>>> read_branches(Client& client, std::string repository) {
    auto target = fmt::format("/repos/{}/branches?per_page=100", repository);
    co_return co_await read_list<Branch>(client, std::move(repository), std::move(target), branch_from);
}

Task<Result<Comparison>> read_comparison(Client& client, std::string repository, std::string from, std::string to) {
    auto const target = fmt::format("/repos/{}/compare/{}...{}", repository, from, to);
    auto const json = co_await client.get_json(std::move(repository), target);
    if (!json) co_return std::unexpected(json.error());
    auto const& files = member(*json, "files");
    auto const status = text_at(*json, "status");
    if (!files.is_array() || status.empty()) co_return wrong_shape(target);
    // The comparison is with the common ancestor: only for a commit that comes after the other it is the whole difference.
    Comparison comparison{.complete = (status == "ahead" || status == "identical") && files.size() < most_compared_files};
    for (auto const& file : files) {
        auto path = text_at(file, "filename");
        if (path.empty()) co_return wrong_shape(target);
        comparison.paths.push_back(std::move(path));
        if (auto old = text_at(file, "previous_filename"); !old.empty()) comparison.paths.push_back(std::move(old));
    }
    co_return comparison;
}

Task<Result<std::vector<FolderEntry>>> read_folder(Client& client, std::string repository, std::string commit,
                                                   std::string folder) {
    auto target = fmt::format("/repos/{}/contents/{}?ref={}", repository, encoded_path(folder), http::percent_encode(commit));
    auto listing = co_await read_list<FolderEntry>(client, std::move(repository), std::move(target), entry_from);
    if (!listing) co_return std::unexpected(listing.error());
    co_return std::move(listing->items);
}

Task<Result<std::string>> read_text(Client& client, std::string repository, std::string commit, std::string path,
                                    std::size_t limit) {
    auto target = fmt::format("/repos/{}/contents/{}?ref={}", repository, encoded_path(path), http::percent_encode(commit));
    auto answer = co_await client.get(std::move(repository), std::move(target), as_raw);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->body.size() > limit)
        co_return failure(ErrorKind::InvalidInput, fmt::format("{}: larger than {} bytes", path, limit));
    co_return std::move(answer->body);
}

}  // namespace dayfly::github
