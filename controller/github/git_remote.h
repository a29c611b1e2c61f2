// A Git repository behind smart HTTP, on whatever host: its references and nothing else.
// Source: git's Documentation/gitprotocol-http.txt.
#pragma once

#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/secret.h"
#include "controller/github/ls_refs.h"
#include "controller/http/client.h"

namespace dayfly::github {

class GitRemote {
public:
    /// `ca_file`: PEM bundle to trust instead of the system's.
    GitRemote(Clock& clock, http::Url url, std::string ca_file);

    /// The references that begin with one of `prefixes`. One request, two the first time. `password` is sent as basic
    /// authentication, with the user of "user:password" or a name that all hosts take; empty: none. Unauthenticated, Forbidden,
    /// NotFound (which may also mean "no access"), RateLimited, Unavailable by the server's status; no message holds the
    /// password.
    Task<Result<References>> references(std::vector<std::string> prefixes, Secret password);

private:
    Task<Result<http::Response>> ask(http::Request request, Secret const& password, std::string const& type, Instant deadline);
    Task<Result<References>> discover(std::vector<std::string> const& prefixes, Secret const& password, Instant deadline);
    Task<Result<References>> list(std::vector<std::string> const& prefixes, Secret const& password, Instant deadline);

    Clock& clock_;
    std::string path_;
    http::Client client_;
    bool speaks_v2_ = false;  ///< known from an answer; saves the first of two requests
    std::string object_format_;
};

}  // namespace dayfly::github
