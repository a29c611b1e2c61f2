#include "controller/fly_sim/machine_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "controller/base/digest.h"
#include "controller/fly_sim/config_shape.h"
#include "controller/fly_sim/guesses.h"

namespace dayfly::fly_sim {
namespace {

constexpr int shared_cpus[] = {1, 2, 4, 6, 8};
constexpr int performance_cpus[] = {1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64, 128};

struct Kind {
    std::span<int const> cpus;
    int min_mb;  ///< per cpu
    int max_mb;  ///< per cpu
    int step_mb;
};

std::optional<Kind> kind_of(std::string_view name) {
    if (name == "shared") return Kind{shared_cpus, 256, 2048, 256};
    if (name == "performance") return Kind{performance_cpus, 2048, 8192, 1024};
    return std::nullopt;
}

/// The preset behind a deprecated size name; null when there is none.
Json guest_of_size(std::string_view size) {
    auto const shared = size.starts_with("shared-cpu-");
    if (!shared && !size.starts_with("performance-")) return {};
    size.remove_prefix(shared ? 11 : 12);
    if (!size.ends_with('x')) return {};
    size.remove_suffix(1);
    for (auto const cpus : shared ? std::span<int const>(shared_cpus) : std::span<int const>(performance_cpus)) {
        if (size == std::to_string(cpus) && cpus <= 16) {
            return {
                {"cpu_kind", shared ? "shared" : "performance"}, {"cpus", cpus}, {"memory_mb", cpus * (shared ? 256 : 2048)}};
        }
    }
    return {};
}

/// The complaint, or nothing.
std::optional<std::string> check_guest(Json const& config) {
    auto const found = config.find("guest");
    auto const guest = found == config.end() ? Json::object() : *found;
    auto const kind = kind_of(guest.value("cpu_kind", ""));
    if (!kind) return "invalid config.guest.cpu_kind";
    auto const cpus = guest.value("cpus", 0);
    if (std::ranges::find(kind->cpus, cpus) == kind->cpus.end()) {
        return fmt::format("invalid config.guest.cpus {}, must be one of [{}]", cpus, fmt::join(kind->cpus, " "));
    }
    auto const memory = guest.value("memory_mb", 0);
    if (memory < kind->min_mb * cpus) {
        return fmt::format("invalid config.guest.memory_mb, minimum required {} MiB", kind->min_mb * cpus);
    }
    if (memory > kind->max_mb * cpus) {
        return fmt::format("invalid config.guest.memory_mb, cannot exceed {} MiB", kind->max_mb * cpus);
    }
    if (memory % kind->step_mb != 0) {
        return fmt::format("invalid config.guest.memory_mb, must be a multiple of {} MiB", kind->step_mb);
    }
    return std::nullopt;
}

/// Texts that begin with invalid_argument are guesses: nobody has printed Fly's own.
std::optional<std::string> check_rest(Json const& config) {
    if (!config.contains("image")) return "invalid_argument: config.image is required";
    if (auto const mounts = config.find("mounts"); mounts != config.end()) {
        if (mounts->front().value("volume", "").empty()) return "invalid_argument: config.mounts[0].volume is required";
        if (!mounts->front().value("path", "").starts_with('/')) return "invalid_argument: invalid config.mounts[0].path";
    }
    if (auto const files = config.find("files"); files != config.end()) {
        for (auto const& file : *files) {
            if (!file.value("guest_path", "").starts_with('/')) return "invalid_argument: file guest_path must be absolute";
        }
    }
    if (auto const restart = config.find("restart"); restart != config.end()) {
        auto const policy = restart->value("policy", "");
        if (!policy.empty() && policy != "no" && policy != "always" && policy != "on-failure" && policy != "spot-price") {
            return fmt::format("invalid_argument: unknown restart policy '{}'", policy);
        }
    }
    return std::nullopt;
}

struct Reference {
    std::string registry;
    std::string repository;
    std::string tag;
    std::string digest;
};

Reference parse_reference(std::string image) {
    Reference reference;
    if (auto const at = image.find('@'); at != std::string::npos) {
        reference.digest = image.substr(at + 1);
        image.resize(at);
    }
    if (auto const colon = image.rfind(':'); colon != std::string::npos && image.find('/', colon) == std::string::npos) {
        reference.tag = image.substr(colon + 1);
        image.resize(colon);
    } else if (reference.digest.empty()) {
        reference.tag = "latest";
    }
    auto const slash = image.find('/');
    auto const host = image.substr(0, slash);
    if (slash == std::string::npos || (host.find('.') == std::string::npos && host.find(':') == std::string::npos)) {
        reference.registry = "docker-hub-mirror.fly.io";
        reference.repository = slash == std::string::npos ? "library/" + image : image;
    } else {
        reference.registry = host;
        reference.repository = image.substr(slash + 1);
    }
    if (reference.digest.empty()) reference.digest = "sha256:" + sha256_hex(reference.repository + ":" + reference.tag);
    return reference;
}

}  // namespace

std::expected<std::shared_ptr<Json const>, Answer> accept_config(Json const& config, CloudOptions const& options) {
    auto echo = through_go_structs(config, options.quirks);
    if (!echo) return std::unexpected(problem(400, echo.error()));
    if (echo->contains("size")) {
        if (echo->contains("guest"))
            return std::unexpected(problem(400, "invalid_argument: config.size and config.guest are exclusive"));
        if (auto guest = guest_of_size((*echo)["size"].get<std::string>()); guest.is_object())
            (*echo)["guest"] = std::move(guest);
        echo->erase("size");
    }
    if (echo->value("mounts", Json::array()).size() > 1) return std::unexpected(guessed(options, "several_mounts"));
    if (auto const complaint = check_rest(*echo)) return std::unexpected(problem(400, *complaint));
    if (auto const complaint = check_guest(*echo)) return std::unexpected(problem(400, *complaint));
    auto const image = (*echo)["image"].get<std::string>();
    if (options.missing_images.contains(image)) {
        auto const reference = parse_reference(image);
        return std::unexpected(problem(400, fmt::format("failed to get manifest {}: request failed: not found [http 404]: "
                                                        "{{\"errors\":[{{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest "
                                                        "unknown\",\"detail\":\"unknown tag={}\"}}]}}\n",
                                                        image, reference.tag)));
    }
    return std::make_shared<Json const>(std::move(*echo));
}

std::string mounted_volume(Json const& config) {
    auto const mounts = config.find("mounts");
    return mounts == config.end() || mounts->empty() ? "" : mounts->front().value("volume", "");
}

Json image_reference(std::string const& image) {
    auto const reference = parse_reference(image);
    Json shown{{"registry", reference.registry}, {"repository", reference.repository}, {"digest", reference.digest}};
    if (!reference.tag.empty()) shown["tag"] = reference.tag;
    return shown;
}

}  // namespace dayfly::fly_sim
