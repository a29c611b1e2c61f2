// See secret_source.h.
#include "controller/reconcile/secret_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/base/digest.h"
#include "controller/base/file.h"
#include "controller/boot/program.h"

namespace dayfly::reconcile {
namespace {

constexpr std::size_t max_secret_bytes = 64u << 10;

}  // namespace

SecretSource::SecretSource(SecretSourceOptions options, Environment environment)
    : options_(std::move(options)), environment_(std::move(environment)) {}

bool SecretSource::allowed(std::string const& name) const {
    return std::ranges::any_of(options_.allowed_env, [&](std::string const& pattern) {
        return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
    });
}

Result<Secret> SecretSource::one(specs::SecretReference const& reference) const {
    if (!reference.env.empty()) {
        if (!allowed(reference.env)) {
            return failure(
                ErrorKind::Refused,
                fmt::format("secret {}: the variable {} is not on the controller's allow list", reference.name, reference.env),
                "Start the controller with --allow-secret-env NAME (a trailing * allows a prefix).");
        }
        if (auto value = environment_(reference.env)) return Secret(std::move(*value));
        return failure(ErrorKind::InvalidInput,
                       fmt::format("secret {}: the variable {} is not set", reference.name, reference.env),
                       "Set the variable where the controller runs, or correct the reference.");
    }
    if (!reference.file.empty()) {
        if (options_.directory.empty()) {
            return failure(ErrorKind::Refused,
                           fmt::format("secret {}: the controller has no secrets directory", reference.name),
                           "Start the controller with --secrets-dir DIRECTORY.");
        }
        if (reference.file.find("..") != std::string::npos || reference.file.starts_with('/')) {
            return failure(ErrorKind::Refused,
                           fmt::format("secret {}: file {} leaves the secrets directory", reference.name, reference.file));
        }
        auto content = read_file(options_.directory + "/" + reference.file, max_secret_bytes);
        if (!content) {
            return failure(ErrorKind::InvalidInput, fmt::format("secret {}: {}", reference.name, content.error().message),
                           "Put the file there, or correct the reference.");
        }
        // Mounted secrets often end with one newline that nobody meant.
        if (content->ends_with('\n')) content->pop_back();
        return Secret(std::move(*content));
    }
    return failure(ErrorKind::Refused, fmt::format("secret {}: Kubernetes secrets need the Kubernetes source", reference.name),
                   "Use from.env or from.file with this controller.");
}

Result<SecretValues> SecretSource::resolve(specs::Spec const& spec, std::set<std::string> const& names) const {
    SecretValues values;
    for (auto const& reference : spec.secrets) {
        if (!names.contains(reference.name)) continue;
        auto value = one(reference);
        if (!value && options_.stand_in) value = Secret(*options_.stand_in);
        if (!value) return std::unexpected(std::move(value.error()));
        values.emplace(reference.name, std::move(*value));
    }
    if (spec.git && spec.git->credentials && names.contains(boot::git_token)) {
        auto value = resolve(*spec.git->credentials);
        if (!value && options_.stand_in) value = Secret(*options_.stand_in);
        if (!value) return std::unexpected(std::move(value.error()));
        values.emplace(boot::git_token, std::move(*value));
    }
    return values;
}

Result<Secret> SecretSource::resolve(specs::Credentials const& credentials) const {
    return one({.name = "of the git source", .env = credentials.env, .file = credentials.file});
}

std::string scrubbed(std::string text, SecretValues const& values) {
    constexpr std::size_t shortest = 4;
    for (auto const& [name, secret] : values) {
        auto const& value = secret.reveal();
        if (value.size() < shortest) continue;
        for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at))
            text.replace(at, value.size(), "***");
    }
    return text;
}

std::string digest_of(SecretValues const& values, std::string const& app) {
    if (values.empty()) return {};
    std::string text;
    for (auto const& [name, value] : values) text += fmt::format("{}:{}:{}\n", name, value.reveal().size(), value.reveal());
    return secret_digest(text, "dayfly:" + app);
}

}  // namespace dayfly::reconcile
