// The heads of one repository at GitHub, at one conditional question per look: the questions take turns.
#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/github/client.h"
#include "controller/github/heads.h"

namespace dayfly::github {

class GithubRepository {
public:
    /// `name`: "owner/name". The client must outlive this.
    GithubRepository(Client& client, std::string name) : client_(client), name_(std::move(name)) {}

    /// See HeadSource::look().
    Task<Heads> look(std::set<Reference> wanted, std::set<Reference> urgent);

private:
    struct Question {
        enum class Kind { Repository, PullRequests, Branches, Branch, Tag, Commit };
        Kind kind = Kind::Repository;
        std::string name = {};
        friend auto operator<=>(Question const&, Question const&) = default;
    };
    [[nodiscard]] std::vector<Question> questions_for(std::set<Reference> const& references) const;
    [[nodiscard]] Question next_question(std::set<Reference> const& wanted) const;
    [[nodiscard]] std::optional<Question> open_question(std::set<Reference> const& urgent, Heads const& heads) const;
    Task<Result<void>> ask(Question question, std::set<Reference> wanted, Heads& heads);
    Task<Result<void>> ask_pull_requests(std::set<Reference> wanted, Heads& heads);
    Task<Result<void>> ask_branches(std::set<Reference> wanted, Heads& heads);
    Task<Result<void>> ask_commit(std::string reference, std::vector<Reference> answers, Heads& heads);
    [[nodiscard]] std::vector<Reference> named(std::string const& branch, std::set<Reference> const& wanted) const;

    Client& client_;
    std::string name_;
    std::string default_branch_;
    bool branches_fit_one_page_ = true;
    std::map<std::int64_t, PullRequest> pulls_;
    std::string newest_pull_;  ///< when the pull request that changed last did so
    std::uint64_t looks_ = 0;
    std::map<Question, std::uint64_t> asked_;  ///< in which look it was asked last
};

}  // namespace dayfly::github
