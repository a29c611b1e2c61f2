// The connection to one GitHub: its base URL, the headers every request carries, and one exchange at a time limit. Tests put a
// GitHub of their own behind the same interface.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/clock.h"
#include "controller/base/result.h"
#include "controller/base/secret.h"
#include "controller/http/client.h"

namespace dayfly::github {

struct Base {
    http::Origin origin;
    std::string prefix;  ///< "" or "/api/v3"
    /// "https://github.example.com/api/v3"
    [[nodiscard]] std::string text() const { return origin.text() + prefix; }
};

/// "https://api.github.com", "https://HOST/api/v3" (GitHub Enterprise Server); http:// on loopback only. InvalidInput
/// otherwise.
[[nodiscard]] Result<Base> parse_base(std::string_view url);

class Transport {
public:
    explicit Transport(Base base) : base_(std::move(base)) {}
    Transport(Transport const&) = delete;
    Transport& operator=(Transport const&) = delete;
    virtual ~Transport() = default;

    [[nodiscard]] Base const& base() const { return base_; }
    /// `request.target` is below the base ("/repos/acme/shop"). Errors as of http::Client, but a read that may have been sent
    /// is Unavailable, not Ambiguous.
    Task<Result<http::Response>> send(http::Request request, Secret authorization, milliseconds limit);

private:
    virtual Task<Result<http::Response>> exchange(http::Request request, milliseconds limit) = 0;

    Base base_;
};

struct HttpTransportOptions {
    std::size_t max_body = 8u << 20;  ///< bytes of one answer
    std::string ca_file = {};         ///< PEM bundle to trust instead of the system's
};

class HttpTransport final : public Transport {
public:
    HttpTransport(Clock& clock, Base base, HttpTransportOptions options);

private:
    Task<Result<http::Response>> exchange(http::Request request, milliseconds limit) override;

    http::Client client_;
};

}  // namespace dayfly::github
