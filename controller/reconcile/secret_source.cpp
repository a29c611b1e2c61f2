// See secret_source.h.
#include "controller/reconcile/secret_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "controller/base/digest.h"
#include "controller/base/file.h"
#include "controller/boot/program.h"
#include "controller/boot/progress.h"
#include "controller/fly/error_text.h"

namespace dayfly::reconcile {
namespace {

constexpr std::size_t max_secret_bytes = 64u << 10;
constexpr std::size_t shortest_secret = 4;
constexpr std::string_view hidden = "***";

/// What must not be shown, the longest first: one value can be a part of another.
std::vector<std::string_view> pieces_of(SecretValues const& values) {
    std::vector<std::string_view> pieces;
    auto const add = [&](std::string_view text) {
        if (text.size() >= shortest_secret) pieces.push_back(text);
    };
    for (auto const& [name, secret] : values) {
        std::string_view rest = secret.reveal();
        add(rest);
        for (auto end = rest.find_first_of("\r\n"); end != std::string_view::npos; end = rest.find_first_of("\r\n")) {
            add(rest.substr(0, end));
            rest.remove_prefix(end + 1);
        }
        add(rest);
    }
    std::ranges::sort(pieces, std::greater{}, &std::string_view::size);
    return pieces;
}

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
            // A mount that fails comes back; a file that is not there is a mistake in the reference.
            bool const passing = content.error().kind == ErrorKind::Unavailable;
            return failure(passing ? ErrorKind::Unavailable : ErrorKind::InvalidInput,
                           fmt::format("secret {}: {}", reference.name, content.error().message),
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
    for (auto const secret : pieces_of(values)) {
        for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + hidden.size()))
            text.replace(at, secret.size(), hidden);
    }
    return text;
}

std::string shown_line(std::string_view line, SecretValues const& values) {
    constexpr std::size_t longest = 500;
    auto text = scrubbed(boot::plain_line(line), values);
    if (line.size() >= longest) {
        for (auto const secret : pieces_of(values)) {
            auto length = std::min(secret.size() - 1, text.size());
            while (length >= shortest_secret && !text.ends_with(secret.substr(0, length))) --length;
            if (length >= shortest_secret) text.replace(text.size() - length, length, hidden);
        }
    }
    return fly::bounded(std::move(text), longest);
}

std::string digest_of(SecretValues const& values, std::string const& app) {
    if (values.empty()) return {};
    std::string text;
    for (auto const& [name, value] : values) text += fmt::format("{}:{}:{}\n", name, value.reveal().size(), value.reveal());
    return secret_digest(text, "dayfly:" + app);
}

}  // namespace dayfly::reconcile
