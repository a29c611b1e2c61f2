// See preview.h.
#include "tests/bench/preview.h"

#include <fmt/format.h>

#include <stdexcept>

#include "specs/load.h"

namespace dayfly::bench {

std::string preview_name(std::size_t number) { return fmt::format("preview-{:05}", number); }

std::string preview_text(std::size_t number, std::size_t revision) {
    return fmt::format(R"(apiVersion: dayfly.dev/v1alpha1
kind: PreviewEnvironment
metadata:
  name: {}
  labels: {{ team: checkout }}
spec:
  source: {{ image: "registry.example/shop:{}" }}
  env:
    APP_URL: $(DAYFLY_URL)
    LOG_LEVEL: info
    NODE_ENV: production
    FEATURES: "cart,search,reviews"
  region: fra
  machine: {{ size: shared-cpu-1x, memory: 512Mi }}
  volume: {{ size: 1Gi, mountPath: /data }}
  service: {{ port: 3000 }}
)",
                       preview_name(number), revision);
}

specs::PreviewEnvironment preview(std::size_t number, std::size_t revision) {
    auto loaded = specs::load(preview_text(number, revision), preview_name(number) + ".yaml", {});
    if (!loaded.problems.empty()) throw std::runtime_error(loaded.problems.front().text());
    return std::move(loaded.environments.at(0));
}

std::vector<specs::PreviewEnvironment> previews(std::size_t count) {
    std::vector<specs::PreviewEnvironment> all;
    for (std::size_t number = 0; number < count; ++number) all.push_back(preview(number));
    return all;
}

}  // namespace dayfly::bench
