#include "controller/reconcile/approvals.h"

#include <fmt/format.h>

#include "controller/plan/revision.h"

namespace dayfly::reconcile {
namespace {

constexpr std::size_t most_per_environment = 16;

}  // namespace

Result<void> Approvals::approve(specs::Key const& key, std::string const& commit) {
    if (!plan::is_commit(commit)) {
        return failure(ErrorKind::InvalidInput, fmt::format("'{}' is not a whole commit id", commit),
                       "Give all 40 digits: another commit with the same beginning can be made. `dayfly describe` shows it.");
    }
    auto& commits = by_hand_[key];
    std::erase(commits, commit);
    commits.push_back(commit);
    if (commits.size() > most_per_environment) commits.pop_front();
    return {};
}

std::set<std::string> Approvals::of(specs::PreviewEnvironment const& environment) const {
    std::set<std::string> commits;
    if (auto const found = by_hand_.find(environment.key); found != by_hand_.end())
        commits.insert(found->second.begin(), found->second.end());
    auto const annotation = environment.annotations.find(specs::approved_sha_annotation);
    if (annotation != environment.annotations.end() && plan::is_commit(annotation->second)) commits.insert(annotation->second);
    return commits;
}

}  // namespace dayfly::reconcile
