// From a host name to addresses, without letting a stuck name server hold anything up.
#pragma once

#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "controller/base/clock.h"
#include "controller/base/result.h"
#include "controller/http/client.h"

namespace dayfly::http {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

/// Resolves the name of one origin. The system's resolver blocks and cannot be cancelled, so it runs on a thread of its own
/// that a cancelled caller leaves behind; whoever asks while one runs waits for the same answer. Numeric hosts and localhost
/// need no resolver.
class Resolver {
public:
    Resolver(Clock& clock, Origin origin);
    ~Resolver();
    Resolver(Resolver const&) = delete;
    Resolver& operator=(Resolver const&) = delete;

    /// The addresses, in the system's order of preference and at least one; an answer serves for ten seconds. Unavailable when
    /// there is none. Bound it: it may take as long as the system likes.
    Task<Result<Endpoints>> resolve();

private:
    struct Lookup;
    Clock& clock_;
    Origin origin_;
    std::shared_ptr<Lookup> lookup_;
    Endpoints known_;
    Instant known_until_{};
};

}  // namespace dayfly::http
