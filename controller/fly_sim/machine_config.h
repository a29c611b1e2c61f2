// What Fly accepts as a machine's config, and the form in which it gives it back.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "controller/fly_sim/options.h"
#include "controller/fly_sim/outcome.h"

namespace dayfly::fly_sim {

/// The config in Fly's echo form, or the 400 that refuses it. Volumes are not looked at here.
[[nodiscard]] std::expected<std::shared_ptr<Json const>, Answer> accept_config(Json const& config, CloudOptions const& options);

/// The id of the mounted volume; empty without a mount.
[[nodiscard]] std::string mounted_volume(Json const& config);

/// {registry, repository, tag, digest} as Fly resolves an image reference.
[[nodiscard]] Json image_reference(std::string const& image);

}  // namespace dayfly::fly_sim
