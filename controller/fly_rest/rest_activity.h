// fly::ActivityReader as queries to Fly's managed Prometheus.
#pragma once

#include "controller/fly/activity.h"
#include "controller/fly/wire.h"

namespace dayfly::fly_rest {

/// Queries in PromQL; Fly's server is VictoriaMetrics. Source: Fly docs, "Metrics on Fly.io".
class RestActivity final : public fly::ActivityReader {
public:
    /// The wire must outlive it.
    explicit RestActivity(fly::Wire& wire) : wire_(wire) {}

    Task<Result<fly::NumberByApp>> requests(std::string organization, std::chrono::seconds window) override;
    Task<Result<fly::NumberByApp>> concurrency(std::string organization, std::chrono::seconds window) override;
    Task<Result<fly::NumberByApp>> machines_up(std::string organization, std::chrono::seconds window) override;

private:
    fly::Wire& wire_;
};

}  // namespace dayfly::fly_rest
