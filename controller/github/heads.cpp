#include "controller/github/heads.h"

namespace dayfly::github {

std::string Reference::text() const {
    switch (kind) {
        case Kind::Branch: return "branch " + name;
        case Kind::Tag: return "tag " + name;
        case Kind::PullRequest: return "pull request " + std::to_string(number);
        case Kind::Commit: return "commit " + name;
        case Kind::DefaultBranch: break;
    }
    return "default branch";
}

}  // namespace dayfly::github
