#include "controller/github/github_repository.h"

#include <algorithm>
#include <utility>

#include "controller/github/repositories.h"

namespace dayfly::github {
namespace {

/// Tags hardly ever move, and default branches are seldom changed.
constexpr std::uint64_t looks_between_rare_questions = 20;

}  // namespace

std::vector<GithubRepository::Question> GithubRepository::questions_for(std::set<Reference> const& references) const {
    std::set<Question> questions;
    std::set<std::string> branches;
    for (auto const& reference : references) {
        switch (reference.kind) {
            case Reference::Kind::DefaultBranch:
                questions.insert({.kind = Question::Kind::Repository});
                if (!default_branch_.empty()) branches.insert(default_branch_);
                break;
            case Reference::Kind::Branch: branches.insert(reference.name); break;
            case Reference::Kind::Tag: questions.insert({.kind = Question::Kind::Tag, .name = reference.name}); break;
            case Reference::Kind::Commit: questions.insert({.kind = Question::Kind::Commit, .name = reference.name}); break;
            case Reference::Kind::PullRequest: questions.insert({.kind = Question::Kind::PullRequests}); break;
        }
    }
    if (branches.size() > 1 && branches_fit_one_page_) {
        questions.insert({.kind = Question::Kind::Branches});
    } else {
        for (auto const& branch : branches) questions.insert({.kind = Question::Kind::Branch, .name = branch});
    }
    return {questions.begin(), questions.end()};
}

/// The one that has waited longest, in turns of its own.
GithubRepository::Question GithubRepository::next_question(std::set<Reference> const& wanted) const {
    Question next;
    double longest = -1;
    for (auto const& question : questions_for(wanted)) {
        auto const found = asked_.find(question);
        auto const waited =
            static_cast<double>(found == asked_.end() ? looks_ * looks_between_rare_questions : looks_ - found->second);
        bool const rare = question.kind == Question::Kind::Repository || question.kind == Question::Kind::Tag ||
                          question.kind == Question::Kind::Commit;
        auto const due = waited / (rare ? static_cast<double>(looks_between_rare_questions) : 1.0);
        if (due > longest) {
            longest = due;
            next = question;
        }
    }
    return next;
}

Task<Heads> GithubRepository::look(std::set<Reference> wanted, std::set<Reference> urgent) {
    Heads heads;
    if (wanted.empty()) co_return heads;
    ++looks_;
    std::erase_if(asked_, [&](auto const& entry) { return looks_ - entry.second > 4 * looks_between_rare_questions; });
    auto const& covered = urgent.empty() ? wanted : urgent;
    while (true) {
        // Anew after each answer: which branch is the default one is known only then.
        auto const question = urgent.empty() ? std::optional(next_question(wanted)) : open_question(urgent, heads);
        if (!question) break;
        asked_[*question] = looks_;
        if (auto const asked = co_await ask(*question, wanted, heads); !asked) {
            // The same host would say the same to the other questions.
            for (auto const& reference : covered) heads.try_emplace(reference, std::unexpected(asked.error()));
            break;
        }
        if (urgent.empty()) break;
    }
    co_return heads;
}

/// The next that was not asked in this look and is not answered by what was.
std::optional<GithubRepository::Question> GithubRepository::open_question(std::set<Reference> const& urgent,
                                                                          Heads const& heads) const {
    for (auto const& question : questions_for(urgent)) {
        auto const asked = asked_.find(question);
        if (asked != asked_.end() && asked->second == looks_) continue;
        auto const answers = named(question.name, urgent);
        bool const answered = question.kind == Question::Kind::Branch &&
                              std::ranges::all_of(answers, [&](Reference const& one) { return heads.contains(one); });
        if (!answered) return question;
    }
    return std::nullopt;
}

Task<Result<void>> GithubRepository::ask(Question question, std::set<Reference> wanted, Heads& heads) {
    switch (question.kind) {
        case Question::Kind::PullRequests: co_return co_await ask_pull_requests(std::move(wanted), heads);
        case Question::Kind::Branches: co_return co_await ask_branches(std::move(wanted), heads);
        case Question::Kind::Branch:
            co_return co_await ask_commit("heads/" + question.name, named(question.name, wanted), heads);
        case Question::Kind::Tag:
            co_return co_await ask_commit("tags/" + question.name, {{.kind = Reference::Kind::Tag, .name = question.name}},
                                          heads);
        case Question::Kind::Commit:
            co_return co_await ask_commit(question.name, {{.kind = Reference::Kind::Commit, .name = question.name}}, heads);
        case Question::Kind::Repository: break;
    }
    auto const repository = co_await read_repository(client_, name_);
    if (!repository) co_return std::unexpected(repository.error());
    default_branch_ = repository->default_branch;
    co_return Result<void>();
}

std::vector<Reference> GithubRepository::named(std::string const& branch, std::set<Reference> const& wanted) const {
    std::vector<Reference> references;
    for (auto const& reference : wanted) {
        bool const is_it = reference.kind == Reference::Kind::Branch && reference.name == branch;
        bool const is_default = reference.kind == Reference::Kind::DefaultBranch && branch == default_branch_;
        if (is_it || is_default) references.push_back(reference);
    }
    return references;
}

Task<Result<void>> GithubRepository::ask_commit(std::string reference, std::vector<Reference> answers, Heads& heads) {
    auto commit = co_await read_commit(client_, name_, std::move(reference));
    if (!commit) co_return std::unexpected(commit.error());
    for (auto const& answer : answers) {
        heads.insert_or_assign(answer, *commit ? std::optional(Head{.commit = **commit}) : std::nullopt);
    }
    co_return Result<void>();
}

Task<Result<void>> GithubRepository::ask_branches(std::set<Reference> wanted, Heads& heads) {
    auto const listing = co_await read_branches(client_, name_);
    if (!listing) co_return std::unexpected(listing.error());
    std::map<std::string, std::string> commits;
    for (auto const& branch : listing->items) commits.emplace(branch.name, branch.commit);
    branches_fit_one_page_ = listing->complete;
    for (auto const& reference : wanted) {
        bool const is_default = reference.kind == Reference::Kind::DefaultBranch;
        if (!is_default && reference.kind != Reference::Kind::Branch) continue;
        auto const& name = is_default ? default_branch_ : reference.name;
        if (name.empty()) continue;
        if (auto const found = commits.find(name); found != commits.end()) {
            heads.insert_or_assign(reference, std::optional(Head{.commit = found->second}));
        } else if (listing->complete) {
            heads.insert_or_assign(reference, std::nullopt);
        } else if (auto const asked = co_await ask_commit("heads/" + name, {reference}, heads); !asked) {
            co_return std::unexpected(asked.error());
        }
    }
    co_return Result<void>();
}

Task<Result<void>> GithubRepository::ask_pull_requests(std::set<Reference> wanted, Heads& heads) {
    auto const listing = co_await read_recent_pull_requests(client_, name_);
    if (!listing) co_return std::unexpected(listing.error());
    if (!listing->unchanged && !listing->items.empty()) {
        // More changed since the last look than the page holds: what is known of the others is not certain any more.
        if (!listing->complete && listing->items.back().updated_at > newest_pull_) pulls_.clear();
        newest_pull_ = listing->items.front().updated_at;
        for (auto const& pull : listing->items) pulls_.insert_or_assign(pull.number, pull);
    }
    std::set<std::int64_t> numbers;
    for (auto const& reference : wanted) {
        if (reference.kind == Reference::Kind::PullRequest) numbers.insert(reference.number);
    }
    std::erase_if(pulls_, [&](auto const& entry) { return !numbers.contains(entry.first); });
    for (auto const number : numbers) {
        Reference const reference{.kind = Reference::Kind::PullRequest, .number = number};
        if (!pulls_.contains(number)) {
            auto pull = co_await read_pull_request(client_, name_, number);
            // Only this one is not there; the list was read, so the repository is.
            if (!pull && pull.error().kind == ErrorKind::NotFound) {
                heads.insert_or_assign(reference, std::nullopt);
                continue;
            }
            if (!pull) co_return std::unexpected(std::move(pull.error()));
            pulls_.emplace(number, std::move(*pull));
        }
        auto const& pull = pulls_.at(number);
        heads.insert_or_assign(reference, std::optional(Head{.commit = pull.head_commit, .pull_request = pull}));
    }
    co_return Result<void>();
}

}  // namespace dayfly::github
