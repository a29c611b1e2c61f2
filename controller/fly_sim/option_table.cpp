#include "controller/fly_sim/option_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <optional>
#include <utility>
#include <variant>

#include "controller/fly_sim/exchange.h"
#include "controller/fly_sim/guesses.h"

namespace dayfly::fly_sim {
namespace {

using Slot =
    std::variant<milliseconds*, std::chrono::hours*, bool*, int*, std::size_t*, double*, std::string*, AppAnswer*,
                 SecretDigest*, std::vector<std::string>*, std::set<std::string>*, std::map<std::string, std::int64_t>*>;

template <auto Member>
Slot of(CloudOptions& options) {
    return &(options.*Member);
}
template <auto Part, auto Member>
Slot of(CloudOptions& options) {
    return &(options.*Part.*Member);
}
template <auto Member>
constexpr auto timing = &of<&CloudOptions::timings, Member>;
template <auto Member>
constexpr auto limit = &of<&CloudOptions::rate_limits, Member>;
template <auto Member>
constexpr auto quirk = &of<&CloudOptions::quirks, Member>;
template <auto Member>
constexpr auto room = &of<&CloudOptions::capacity, Member>;

struct Row {
    std::string_view name;
    Slot (*slot)(CloudOptions&);
    std::string_view meaning;
};

constexpr Row table[] = {
    {"boot_ms", timing<&Timings::boot>, "created to started"},
    {"prepare_ms", timing<&Timings::prepare>, "created to stopped with skip_launch"},
    {"start_ms", timing<&Timings::start>, "stopped or suspended to started"},
    {"stop_ms", timing<&Timings::stop>, "stopping to stopped"},
    {"suspend_ms", timing<&Timings::suspend>, "suspending to suspended"},
    {"replace_ms", timing<&Timings::replace>, "an update: until the old version is out; then `start_ms` again"},
    {"destroy_ms", timing<&Timings::destroy>, "destroying to destroyed"},
    {"startable_after_ms", timing<&Timings::startable_after>, "after a stop is done, start is refused for so long"},
    {"volume_release_ms", timing<&Timings::volume_release>, "the machine is destroyed, its volume still bound"},
    {"destroyed_visible_ms", timing<&Timings::destroyed_visible>, "GET still answers `destroyed`, then 404"},
    {"app_deletion_ms", timing<&Timings::app_deletion>, "202 until the app and all it holds are gone"},
    {"app_name_reuse_ms", timing<&Timings::app_name_reuse>, "the app is gone, its name still taken"},
    {"app_visible_ms", timing<&Timings::app_visible>, "a new app is answered 404 without the affinity cookie"},
    {"machine_wait_visible_ms", timing<&Timings::machine_wait_visible>, "`wait` answers 404 for a new machine"},
    {"list_lag_ms", timing<&Timings::list_lag>, "lists trail the truth"},
    {"secrets_lag_ms", timing<&Timings::secrets_lag>, "hosts see secrets so late"},
    {"volume_ready_ms", timing<&Timings::volume_ready>, "creating to created"},
    {"volume_hydration_ms", timing<&Timings::volume_hydration>, "`hydrating` of a fork, `restoring` of a snapshot"},
    {"volume_pending_destroy_ms", timing<&Timings::volume_pending_destroy>, "a deleted volume is still shown; whole hours"},
    {"snapshot_schedule_ms", timing<&Timings::snapshot_schedule>, "a snapshot is queued, a second one refused"},
    {"checks_pass_ms", timing<&Timings::checks_pass>, "started until health checks pass"},
    {"certificate_ready_ms", timing<&Timings::certificate_ready>, "pending_validation to active"},
    {"restart_window_ms", timing<&Timings::restart_window>, "older restarts do not count against max_retries"},
    {"autostop_look_ms", timing<&Timings::autostop_look>, "between the proxy's looks for machines without load; 0: never"},
    {"wait_poll_ms", timing<&Timings::wait_poll>, "longest pause between two looks of a long poll"},
    {"jitter", timing<&Timings::jitter>, "0.3: every duration times 0.7 to 1.3"},
    {"metrics_lag_ms", &of<&CloudOptions::metrics_lag>, "what is younger is not in the metrics"},
    {"metrics_missing", &of<&CloudOptions::metrics_missing>, "metrics have no series at all"},

    {"rate_limits", limit<&RateLimitOptions::enabled>, "whether there are any"},
    {"per_second", limit<&RateLimitOptions::per_second>, "each action on each identifier"},
    {"burst", limit<&RateLimitOptions::burst>, ""},
    {"get_machine_per_second", limit<&RateLimitOptions::get_machine_per_second>, ""},
    {"get_machine_burst", limit<&RateLimitOptions::get_machine_burst>, ""},
    {"delete_app_per_minute", limit<&RateLimitOptions::delete_app_per_minute>, "in any sixty seconds, over all apps"},
    {"organisation_wide_limits", limit<&RateLimitOptions::organisation_wide>,
     "the strict reading: calls above the apps count on the organisation or the token"},
    {"graphql_per_second", limit<&RateLimitOptions::graphql_per_second>, "0: no limit"},
    {"graphql_burst", limit<&RateLimitOptions::graphql_burst>, ""},

    {"retry_after_on_429", quirk<&Quirks::retry_after_on_429>, "429 carries Retry-After"},
    {"create_capacity_status", quirk<&Quirks::create_capacity_status>, "of \"out of capacity\": 503, 409, 412, 422"},
    {"stale_version_status", quirk<&Quirks::stale_version_status>, "of a stale current_version: 409, 412"},
    {"create_app_answer", quirk<&Quirks::create_app_answer>, "`id_and_time` or `whole_app`"},
    {"create_app_wait_answer", quirk<&Quirks::create_app_wait_answer>, "the same, with `?wait=true`"},
    {"name_taken_status", quirk<&Quirks::name_taken_status>, "`\"status\":\"name_taken\"` in the 422"},
    {"delete_app_needs_force", quirk<&Quirks::delete_app_needs_force>, "refused while machines run, without `force=true`"},
    {"echo_restart_object", quirk<&Quirks::echo_restart_object>, "no `restart` sent, `{}` shown"},
    {"echo_dns_object", quirk<&Quirks::echo_dns_object>, "no `dns` sent, `{}` shown"},
    {"echo_pointer_zeros", quirk<&Quirks::echo_pointer_zeros>, "`autostart: false` comes back"},
    {"start_started_status", quirk<&Quirks::start_started_status>, "of starting a started machine: 412, 200"},
    {"idempotency_key", quirk<&Quirks::idempotency_key>, "`POST /v1/apps` honours it"},
    {"secret_digest", quirk<&Quirks::secret_digest>, "`hex16` or `hex32`"},
    {"secret_digest_stable", quirk<&Quirks::secret_digest_stable>, "the same value keeps its digest"},
    {"metadata_limit", quirk<&Quirks::metadata_limit>, "bytes of a metadata value; 0: none"},
    {"metadata_key_limit", quirk<&Quirks::metadata_key_limit>, "bytes of a metadata key; 0: none"},
    {"metadata_needs_lease", quirk<&Quirks::metadata_needs_lease>, "metadata of a leased machine is refused without its nonce"},
    {"graphql_code", quirk<&Quirks::graphql_code>, "`extensions.code` of errors; empty: none"},
    {"volume_name_limit", quirk<&Quirks::volume_name_limit>, "characters; 0: none"},
    {"shared_v4_twice_status", quirk<&Quirks::shared_v4_twice_status>, "409, 422, or 200 with the same address"},
    {"invisible_app_status", quirk<&Quirks::invisible_app_status>, "404, 401"},
    {"unmet_secrets_version_waits", quirk<&Quirks::unmet_secrets_version_waits>, "built later instead of refused"},
    {"nul_holder", quirk<&Quirks::nul_holder>, "a volume's destroyed holder is 14 NUL bytes"},
    {"skip_launch_stays_created", quirk<&Quirks::skip_launch_stays_created>, "instead of becoming `stopped`"},
    {"start_while_replacing_lost", quirk<&Quirks::start_while_replacing_lost>, "accepted and lost instead of 412"},
    {"compat_checks", quirk<&Quirks::compat_checks>, "`bg_deployments_compat*` among the checks"},
    {"names_in_app_list", quirk<&Quirks::names_in_app_list>, "older answers have ids only"},
    {"flat_lease", quirk<&Quirks::flat_lease>, "without the envelope"},
    {"reaped_machine_wait_is_ok", quirk<&Quirks::reaped_machine_wait_is_ok>, "`destroyed` of a reaped machine: 200, not 404"},
    {"lease_prefix", quirk<&Quirks::lease_prefix>, "`aborted: ` before the text"},

    {"full_for_machines", room<&Capacity::full_for_machines>, "regions"},
    {"full_for_volumes", room<&Capacity::full_for_volumes>, "regions"},
    {"memory_quota_mb", room<&Capacity::memory_quota_mb>, "by region; beyond it 403"},
    {"cramped_volume_hosts", room<&Capacity::cramped_volume_hosts>,
     "probability that a volume made without `compute` has no room for a machine beside it"},
    {"machines_per_app", room<&Capacity::machines_per_app>, "beyond it 422; 0: no limit"},
    {"missing_images", &of<&CloudOptions::missing_images>, "400 MANIFEST_UNKNOWN"},
    {"failing_images", &of<&CloudOptions::failing_images>, "the launch fails"},
    {"unhealthy_images", &of<&CloudOptions::unhealthy_images>, "checks stay critical"},
    {"token_apps", &of<&CloudOptions::token_apps>, "a deploy token, for these apps only"},
    {"nearest_region", &of<&CloudOptions::nearest_region>, ""},
    {"user", &of<&CloudOptions::user>, "who leases are held by"},
    {"any_volume_source", &of<&CloudOptions::any_volume_source>, "forks and restores of what was never there succeed"},
    {"largest_page", &of<&CloudOptions::largest_page>, "of the organisation's lists"},
    {"exec_stdout", &of<&CloudOptions::exec_stdout>, "what every command prints"},
};

constexpr std::string_view guess_prefix = "guess.";
constexpr std::pair<std::string_view, AppAnswer> app_answers[] = {{"id_and_time", AppAnswer::IdAndTime},
                                                                  {"whole_app", AppAnswer::WholeApp}};
constexpr std::pair<std::string_view, SecretDigest> digests[] = {{"hex16", SecretDigest::Hex16},
                                                                 {"hex32", SecretDigest::Hex32}};

constexpr auto const& words_of(AppAnswer) { return app_answers; }
constexpr auto const& words_of(SecretDigest) { return digests; }

template <class T>
concept Word = std::same_as<T, AppAnswer> || std::same_as<T, SecretDigest>;
template <class T>
concept Count = std::same_as<T, int> || std::same_as<T, std::size_t>;
template <class T>
concept Duration = std::same_as<T, milliseconds> || std::same_as<T, std::chrono::hours>;
template <class T>
concept Names = std::same_as<T, std::vector<std::string>> || std::same_as<T, std::set<std::string>>;
using Quotas = std::map<std::string, std::int64_t>;

// Reading: false when the value is of another type.
bool read(bool& to, Json const& value) { return value.is_boolean() && (to = value.get<bool>(), true); }
bool read(std::string& to, Json const& value) { return value.is_string() && (to = value.get<std::string>(), true); }
bool read(double& to, Json const& value) { return value.is_number() && value >= 0 && (to = value.get<double>(), true); }
template <Count T>
bool read(T& to, Json const& value) {
    return value.is_number_integer() && value >= 0 && (to = value.get<T>(), true);
}
template <Duration T>
bool read(T& to, Json const& value) {
    if (!value.is_number_integer() || value < 0) return false;
    to = std::chrono::duration_cast<T>(milliseconds(value.get<std::int64_t>()));
    return true;
}
template <Word T>
bool read(T& to, Json const& value) {
    auto const* const found = std::ranges::find(words_of(to), value.is_string() ? value.get<std::string>() : "",
                                                &std::pair<std::string_view, T>::first);
    return found != std::end(words_of(to)) && (to = found->second, true);
}
template <Names T>
bool read(T& to, Json const& value) {
    if (!value.is_array() || !std::ranges::all_of(value, &Json::is_string)) return false;
    to = value.get<T>();
    return true;
}
bool read(Quotas& to, Json const& value) {
    if (!value.is_object() || !std::ranges::all_of(value, &Json::is_number_integer)) return false;
    to = value.get<Quotas>();
    return true;
}

/// A flag's text as the JSON that the option takes; null when it cannot be that.
Json json_of(std::string const&, std::string_view text) { return text; }
template <Word T>
Json json_of(T const&, std::string_view text) {
    return text;
}
template <Names T>
Json json_of(T const&, std::string_view text) {
    return split(text, ',');
}
Json json_of(Quotas const&, std::string_view text) {
    auto object = Json::object();
    for (auto const& pair : split(text, ',')) {
        auto const colon = pair.find(':');
        object[pair.substr(0, colon)] =
            colon == std::string::npos ? Json() : Json::parse(pair.substr(colon + 1), nullptr, false);
    }
    return object;
}
template <class T>
Json json_of(T const&, std::string_view text) {
    return Json::parse(text, nullptr, false);
}

// Showing a default.
template <class T>
std::string shown(T const& value) {
    return fmt::format("{}", value);
}
template <Duration T>
std::string shown(T const& value) {
    return std::to_string(milliseconds(value).count());
}
template <Word T>
std::string shown(T const& value) {
    return std::string(std::ranges::find(words_of(value), value, &std::pair<std::string_view, T>::second)->first);
}
template <Names T>
std::string shown(T const& value) {
    return fmt::format("{}", fmt::join(value, ","));
}
std::string shown(Quotas const&) { return ""; }

Row const* find_row(std::string_view name) {
    auto const* const row = std::ranges::find(table, name, &Row::name);
    return row == std::end(table) ? nullptr : row;
}

bool is_guess(std::string_view name) {
    if (!name.starts_with(guess_prefix)) return false;
    name.remove_prefix(guess_prefix.size());
    return std::ranges::find(guessed_answers(), name, &GuessedAnswer::name) != guessed_answers().end();
}

/// "422", "422 no such region" or "no such region".
Guess guess_from(std::string_view text) {
    Guess guess;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), guess.status);
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    if (text.starts_with(' ')) text.remove_prefix(1);
    guess.text = text;
    return guess;
}

std::string unknown(std::string_view name) {
    std::vector<std::string> names;
    for (auto const& row : table) names.emplace_back(row.name);
    for (auto const& guess : guessed_answers()) names.push_back(std::string(guess_prefix).append(guess.name));
    return fmt::format("{}: no such option; there are {}", name, fmt::join(names, ", "));
}

}  // namespace

std::expected<void, std::string> set_option(CloudOptions& options, std::string_view name, Json const& value) {
    if (is_guess(name)) {
        if (!value.is_string()) return std::unexpected(fmt::format("{}: takes a text such as \"422 no such thing\"", name));
        options.guesses[std::string(name.substr(guess_prefix.size()))] = guess_from(value.get_ref<std::string const&>());
        return {};
    }
    auto const* const row = find_row(name);
    if (row == nullptr) return std::unexpected(unknown(name));
    if (std::visit([&](auto* to) { return read(*to, value); }, row->slot(options))) return {};
    return std::unexpected(fmt::format("{}: takes no {}", name, value.is_discarded() ? "such text" : value.dump()));
}

std::expected<void, std::string> set_option(CloudOptions& options, std::string_view assignment) {
    auto const equals = assignment.find('=');
    auto const name = assignment.substr(0, equals);
    auto const text = equals == std::string_view::npos ? std::string_view() : assignment.substr(equals + 1);
    auto const* const row = find_row(name);
    if (row == nullptr) return set_option(options, name, Json(text));
    if (equals == std::string_view::npos) return std::unexpected(fmt::format("{}: write NAME=VALUE", name));
    return set_option(options, name, std::visit([&](auto* to) { return json_of(*to, text); }, row->slot(options)));
}

std::string option_reference() {
    CloudOptions defaults;
    std::string text = "| option | default | |\n|---|---|---|\n";
    for (auto const& row : table) {
        auto const value = std::visit([](auto* from) { return shown(*from); }, row.slot(defaults));
        text += fmt::format("| `{}` | {} | {} |\n", row.name, value.empty() ? "" : "`" + value + "`", row.meaning);
    }
    for (auto const& guess : guessed_answers()) {
        text += fmt::format("| `{}{}` | `{}{}` | |\n", guess_prefix, guess.name,
                            guess.status == 0 ? "" : std::to_string(guess.status) + " ", guess.text);
    }
    return text;
}

}  // namespace dayfly::fly_sim
