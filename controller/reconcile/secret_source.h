// Where the values behind secret references come from: the controller's environment, by an allow list, and its secrets
// directory.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "controller/base/result.h"
#include "controller/base/secret.h"
#include "specs/environment.h"

namespace dayfly::reconcile {

struct SecretSourceOptions {
    std::string directory;                     ///< for `from.file`; empty: none
    std::optional<std::string> stand_in = {};  ///< the value of every reference that leads nowhere: for a simulated Fly only
    std::set<std::string> allowed_env;         ///< names for `from.env`; "*" allows all, "STAGING_*" a prefix
};

using SecretValues = std::map<std::string, Secret>;

class SecretSource {
public:
    using Environment = std::function<std::optional<std::string>(std::string const& name)>;
    SecretSource(SecretSourceOptions options, Environment environment);

    /// The values of the secrets in `names` by the names that the app will see; others are not even read. Refused for a name
    /// that is not allowed, InvalidInput for one that is not set; the message names the reference, never the value.
    [[nodiscard]] Result<SecretValues> resolve(specs::Spec const& spec, std::set<std::string> const& names) const;

    /// The same for what a git source is asked with. Never a stand-in.
    [[nodiscard]] Result<Secret> resolve(specs::Credentials const& credentials) const;

private:
    [[nodiscard]] Result<Secret> one(specs::SecretReference const& reference) const;
    [[nodiscard]] bool allowed(std::string const& name) const;

    SecretSourceOptions options_;
    Environment environment_;
};

/// `text` without any of the values, nor any line of a value that has several: what comes from elsewhere may repeat what it was
/// sent. What is shorter than four characters stays, because it would tear any text to pieces.
[[nodiscard]] std::string scrubbed(std::string text, SecretValues const& values);
/// A line of a log that somebody else wrote, fit to be shown: plain, scrubbed, and at most 500 bytes. Whoever sent it may have
/// cut it too, so an end that begins a secret is scrubbed as well.
[[nodiscard]] std::string shown_line(std::string_view line, SecretValues const& values);

/// A digest of all values that changes when one does, the same after a restart; empty without secrets.
[[nodiscard]] std::string digest_of(SecretValues const& values, std::string const& app);

}  // namespace dayfly::reconcile
