// Apps, their secrets, addresses and certificates out of Fly's JSON.
#pragma once

#include <cstdint>

#include "controller/fly/types.h"
#include "controller/fly_rest/json_read.h"

namespace dayfly::fly_rest {

/// Each of these gives nothing for an answer that cannot be read.
[[nodiscard]] std::optional<fly::App> app_from(Json value);
[[nodiscard]] std::optional<std::vector<fly::App>> apps_from(Json value);
[[nodiscard]] std::optional<std::vector<fly::AppSecret>> secrets_from(Json value);
/// The version that a write of secrets made; 0 when the answer names none.
[[nodiscard]] std::optional<std::uint64_t> secrets_version_from(Json value);
[[nodiscard]] std::optional<fly::Ip> ip_from(Json value);
[[nodiscard]] std::optional<std::vector<fly::Ip>> ips_from(Json value);
[[nodiscard]] std::optional<fly::Certificate> certificate_from(Json value);

struct CertificatePage {
    std::vector<fly::Certificate> certificates;
    std::string next_cursor;
};
[[nodiscard]] std::optional<CertificatePage> certificates_from(Json value);

/// Fly's word, or what the address itself tells when the word is missing.
[[nodiscard]] fly::IpType ip_type_of(std::string_view word, std::string_view address, bool shared);

}  // namespace dayfly::fly_rest
