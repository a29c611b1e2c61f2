#include "controller/github/hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/github/detect.h"
#include "controller/github/local_repository.h"
#include "controller/github/repositories.h"

namespace dayfly::github {
namespace {

/// The names that a reference may have at a Git server, the likelier first.
std::vector<std::string> names_of(Reference const& reference) {
    auto const number = std::to_string(reference.number);
    switch (reference.kind) {
        case Reference::Kind::DefaultBranch: return {"HEAD"};
        case Reference::Kind::Branch: return {"refs/heads/" + reference.name};
        case Reference::Kind::Tag: return {"refs/tags/" + reference.name};
        // GitHub's, GitLab's and Bitbucket's names.
        case Reference::Kind::PullRequest:
            return {"refs/pull/" + number + "/head", "refs/merge-requests/" + number + "/head",
                    "refs/pull-requests/" + number + "/from"};
        case Reference::Kind::Commit: break;
    }
    return {};
}

Heads all_alike(std::set<Reference> const& wanted, Error const& error) {
    Heads heads;
    for (auto const& reference : wanted) heads.emplace(reference, std::unexpected(error));
    return heads;
}

Heads pick(References const& references, std::set<Reference> const& wanted) {
    Heads heads;
    for (auto const& reference : wanted) {
        std::optional<Head> head;
        for (auto const& name : names_of(reference)) {
            auto const found = references.commits.find(name);
            if (!head && found != references.commits.end()) head = Head{.commit = found->second};
        }
        heads.emplace(reference, std::move(head));
    }
    return heads;
}

std::vector<std::string> all_names(std::set<Reference> const& wanted) {
    std::vector<std::string> names;
    for (auto const& reference : wanted) std::ranges::copy(names_of(reference), std::back_inserter(names));
    return names;
}

std::string folder_of(std::string const& path, std::string const& name) { return path.empty() ? name : path + '/' + name; }

}  // namespace

/// One set of credentials and the client that uses it.
struct Hosts::Identity {
    Secret secret;
    std::unique_ptr<Client> client;
};

std::string visible_host(Base const& base) { return base.origin.host == "api.github.com" ? "github.com" : base.origin.host; }

std::string clone_origin(Base const& base) {
    auto origin = base.origin;
    origin.host = visible_host(base);
    return origin.text();
}

Hosts::Hosts(Clock& clock, Transport& transport, std::function<std::unique_ptr<Credentials>()> own, Observer& observer,
             HostsOptions options)
    : clock_(clock), transport_(transport), own_(std::move(own)), observer_(observer), options_(std::move(options)) {}

Hosts::~Hosts() = default;

Client& Hosts::client(Place const& place) {
    auto& identity = identities_[place.credentials];
    if (!identity) {
        identity = std::make_unique<Identity>();
        auto credentials =
            place.credentials.empty()
                ? own_()
                : std::make_unique<TokenCredentials>([&secret = identity->secret]() -> Result<Secret> { return secret; });
        identity->client = std::make_unique<Client>(clock_, transport_, std::move(credentials), observer_, options_.client);
    }
    identity->secret = place.secret;
    return *identity->client;
}

Task<Heads> Hosts::look(Place place, std::set<Reference> wanted, std::set<Reference> urgent) {
    if (place.address.kind == Address::Kind::Remote) co_return co_await look_at_remote(std::move(place), std::move(wanted));
    if (place.address.kind == Address::Kind::Folder) {
        auto const references = local_references(place.address.text, all_names(wanted));
        co_return references ? pick(*references, wanted) : all_alike(wanted, references.error());
    }
    auto& asker = client(place);
    auto& repository = repositories_[place.key()];
    if (!repository) repository = std::make_unique<GithubRepository>(asker, place.address.text);
    co_return co_await repository->look(std::move(wanted), std::move(urgent));
}

Task<Heads> Hosts::look_at_remote(Place place, std::set<Reference> wanted) {
    auto& remote = remotes_[place.key()];
    if (!remote) {
        auto url = http::parse_url(place.address.text);
        if (!url) co_return all_alike(wanted, url.error());
        remote = std::make_unique<GitRemote>(clock_, std::move(*url), options_.git_ca_file);
    }
    auto const references = co_await remote->references(all_names(wanted), place.secret);
    co_return references ? pick(*references, wanted) : all_alike(wanted, references.error());
}

Task<Result<Comparison>> Hosts::compare(Place place, std::string from, std::string to) {
    if (place.address.kind != Address::Kind::Github) co_return failure(ErrorKind::Refused, "only GitHub compares commits");
    co_return co_await read_comparison(client(place), place.address.text, std::move(from), std::move(to));
}

Task<Result<Detection>> Hosts::detect(Place place, std::string commit, std::string path) {
    if (place.address.kind != Address::Kind::Github) co_return failure(ErrorKind::Refused, "only GitHub shows single files");
    auto& asker = client(place);
    auto const name = place.address.text;
    Clues clues{.path = path == "." ? std::string() : path};
    auto root = co_await read_folder(asker, name, commit, "");
    if (!root) co_return std::unexpected(std::move(root.error()));
    for (auto const& entry : *root) clues.root.insert(entry.is_folder ? entry.name + '/' : entry.name);
    clues.names = clues.root;
    if (!clues.path.empty()) {
        auto folder = co_await read_folder(asker, name, commit, clues.path);
        if (!folder) co_return std::unexpected(std::move(folder.error()));
        clues.names.clear();
        for (auto const& entry : *folder) clues.names.insert(entry.is_folder ? entry.name + '/' : entry.name);
    }
    for (auto const& wanted : files_to_read(clues)) {
        auto text = co_await read_text(asker, name, commit, folder_of(clues.path, wanted), max_clue_bytes);
        if (!text && text.error().kind == ErrorKind::InvalidInput) continue;
        if (!text) co_return std::unexpected(std::move(text.error()));
        clues.files.emplace(wanted, std::move(*text));
    }
    co_return detect_from(clues);
}

}  // namespace dayfly::github
