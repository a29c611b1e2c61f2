#include "controller/fly_sim/guesses.h"

#include <algorithm>

namespace dayfly::fly_sim {
namespace {

constexpr GuessedAnswer table[] = {
    {"rate_limited", 429, "rate limit exceeded"},
    {"create_capacity", 0, "out of capacity"},
    {"delete_app_running", 412, "failed_precondition: unable to delete app, machines are still running"},
    {"duplicate_certificate", 422, "Validation failed: Hostname already exists"},
    {"exec_timeout", 408, "deadline_exceeded: the command did not end in time"},
    {"invalid_region", 400, "invalid_argument: region {} not found"},
    {"metadata_key_limit", 400, "invalid_argument: metadata keys may have at most {} bytes"},
    {"metadata_limit", 400, "invalid_argument: metadata values may have at most {} bytes"},
    {"several_mounts", 400, "invalid_argument: machines support only one mount"},
    {"shared_v4_twice", 0, "Validation failed: App already has a shared v4 address"},
    {"stale_version", 0, "aborted: current_version {} does not match machine version {}"},
    {"suspend_unsupported", 400, "invalid_argument: machines with {} cannot be suspended"},
    {"unmet_secrets_version", 400, "invalid_argument: min_secrets_version {} is newer than {}"},
    {"volume_name", 400, "invalid_argument: volume name may only contain alphanumeric characters and underscores"},
    {"volume_name_limit", 400, "invalid_argument: volume name must be at most {} characters"},
    {"volume_region_mismatch", 400, "invalid_argument: volume '{}' is in region {}, not in {}"},
};

}  // namespace

std::span<GuessedAnswer const> guessed_answers() { return table; }

Answer guessed(CloudOptions const& options, std::string_view name, std::initializer_list<std::string_view> parts, int status) {
    auto const& usual = *std::ranges::find(table, name, &GuessedAnswer::name);
    auto const found = options.guesses.find(name);
    auto const other = found == options.guesses.end() ? Guess{} : found->second;
    auto text = other.text.empty() ? std::string(usual.text) : other.text;
    std::size_t from = 0;
    for (auto const part : parts) {
        auto const at = text.find("{}", from);
        if (at == std::string::npos) break;
        text.replace(at, 2, part);
        from = at + part.size();
    }
    if (status == 0) status = usual.status;
    return problem(other.status == 0 ? status : other.status, text, name == "create_capacity" ? "insufficient_capacity" : "");
}

}  // namespace dayfly::fly_sim
