// `POST /hooks/github`: GitHub says that something happened in a repository. The call is a hint to look at once and nothing
// else: of its content only the repository's name is used. Its signature is its authorisation. Source: docs.github.com,
// "Validating webhook deliveries" and "Best practices for using webhooks".
#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/coalesce.h"
#include "controller/base/result.h"
#include "controller/base/secret.h"
#include "controller/base/signal.h"
#include "controller/http/message.h"

namespace dayfly::server {

struct GithubHookOptions {
    std::size_t max_body = 5u << 20;  ///< bytes; GitHub's largest events have 25 MB, those that matter here some 20 KB
    milliseconds window{1'000};       ///< hooks of one repository within it lead to one look at its start and one at its end
    std::size_t deliveries = 4'096;   ///< ids remembered to recognise a repeated delivery
};

class GithubHook {
public:
    /// The secrets that a signature may be made with: two while one is replaced by the other.
    using Secrets = std::function<Result<std::vector<Secret>>()>;
    /// Looks at the repository now; false when no environment follows it.
    using Look = std::function<bool(std::string const& repository)>;
    /// Hears of each call's result: ok, bad_signature, replay, too_large, ignored.
    using Count = std::function<void(std::string_view result)>;

    GithubHook(Clock& clock, Secrets secrets, Look look, Count count, GithubHookOptions options = {});

    /// 202 for a hint that was taken or is of no interest, 200 for a ping, 401 without a good signature, 413 for too large a
    /// body, 415 for anything but JSON, 405 for anything but POST, 503 when the secrets cannot be read.
    [[nodiscard]] http::Response handle(http::Request const& request);
    /// Sends the looks that waited for the end of their window, until cancelled.
    Task<void> run();

private:
    [[nodiscard]] http::Response refuse(int status, std::string_view result, std::string_view message);
    [[nodiscard]] http::Response take(std::string_view result, std::string_view message);
    /// False when this delivery was taken before.
    [[nodiscard]] bool remember(std::string const& delivery);

    Clock& clock_;
    Secrets secrets_;
    Look look_;
    Count count_;
    GithubHookOptions options_;
    Coalesce looks_;
    Signal wake_;
    std::set<std::string> seen_;
    std::deque<std::string> order_;  ///< of seen_, the oldest first
};

/// True when `header`, an X-Hub-Signature-256, was made over `body` with one of `secrets`.
[[nodiscard]] bool is_signed(std::string_view header, std::string_view body, std::vector<Secret> const& secrets);

/// One secret a line; empty lines count for nothing. InvalidInput when there is none, or more than the two of a rotation.
[[nodiscard]] Result<std::vector<Secret>> read_hook_secrets(std::string const& file);

}  // namespace dayfly::server
