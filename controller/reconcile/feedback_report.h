// From what is known of an environment to what GitHub is told of it. Pure.
#pragma once

#include <optional>
#include <string>

#include "controller/github/report.h"
#include "controller/reconcile/environment.h"

namespace dayfly::reconcile {

struct FeedbackPlace {
    std::string owner;                       ///< of the environments
    std::string github_host = "github.com";  ///< whose repositories can be told
    std::string public_url = {};             ///< of the controller, for people; "" when there is none
};

/// Nothing when there is nobody to tell: the source is not a repository at GitHub, its commit is not known, all is switched
/// off.
[[nodiscard]] std::optional<github::Report> report_of(Environment const& environment, FeedbackPlace const& place);

}  // namespace dayfly::reconcile
