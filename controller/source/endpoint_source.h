// Specs from an HTTP endpoint, asked at regular intervals. It may say that something is gone only by an answer that declares
// itself complete; every doubtful answer keeps the last good set.
#pragma once

#include <memory>
#include <string>

#include "controller/base/log.h"
#include "controller/base/random.h"
#include "controller/base/signal.h"
#include "controller/source/endpoint_fetch.h"
#include "controller/source/endpoint_pace.h"
#include "controller/source/source.h"

namespace dayfly::source {

struct EndpointOptions {
    std::string url;  ///< https://, or http:// to this machine
    FetchOptions fetch = {};
    milliseconds interval{30'000};  ///< between two questions, give or take a tenth
    specs::LoadOptions load = {};   ///< the limits are of one document or item

    /// InvalidInput that names the field it rejects.
    [[nodiscard]] Result<void> check() const;
};

class EndpointSource final : public Source {
public:
    /// `options` must have passed check(). All references must outlive the source.
    EndpointSource(Clock& clock, Random& random, Log& log, EndpointOptions options);

    /// The URL without its query, whose place a short hash takes: it may be secret, and two queries are two sources.
    [[nodiscard]] std::string const& name() const override { return status_.source; }
    [[nodiscard]] SourceStatus const& status() const override { return status_; }
    /// Kinds as in EndpointFetch::fetch(), and InvalidInput for an answer that is no list of specs. Remembers nothing.
    Task<Result<std::shared_ptr<Snapshot const>>> read_once() override;
    Task<void> run(Publish publish) override;
    void poke() override;

private:
    Task<Result<Snapshot>> build(http::Response const& response) const;
    Task<void> ask(Publish const& publish);
    void deliver(Snapshot snapshot, Publish const& publish);
    void went_wrong(Error const& error, Publish const& publish);

    Clock& clock_;
    Log& log_;
    EndpointOptions options_;
    SourceStatus status_;
    EndpointFetch fetch_;
    EndpointPace pace_;
    Signal poked_;
    std::shared_ptr<Snapshot const> read_;  ///< the last one that was read
    std::shared_ptr<Snapshot const> told_;  ///< the last one published
    bool was_complete_ = false;             ///< once at least
};

/// True for a text that is meant as an endpoint, right or wrong: it has "://" in it.
[[nodiscard]] bool is_endpoint(std::string const& source);

}  // namespace dayfly::source
