// Reads apps and what hangs on them.
#include "controller/fly_rest/app_json.h"

namespace dayfly::fly_rest {
namespace {

std::optional<fly::AppSecret> secret_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::AppSecret secret{.name = json.text("name"), .digest = json.text("digest")};
    if (!sound || secret.name.empty()) return std::nullopt;
    return secret;
}

/// The list at `key` of an answer that must have it.
template <class T>
std::optional<std::vector<T>> list_in(Json value, char const* key, std::optional<T> (*read)(Json)) {
    auto const list = member(value, key);
    return list ? read_all(*list, read) : std::nullopt;
}

}  // namespace

namespace {

std::optional<fly::App> listed_app_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::App app{.id = json.text("id"),
                 .name = json.text("name"),
                 .organization = json.object("organization").text("slug"),
                 .network = json.text("network"),
                 .status = json.text("status"),
                 .machine_count = json.integer("machine_count"),
                 .volume_count = json.integer("volume_count")};
    if (!sound) return std::nullopt;
    return app;
}

}  // namespace

std::optional<fly::App> app_from(Json value) {
    auto app = listed_app_from(value);
    if (!app || app->name.empty()) return std::nullopt;
    return app;
}

std::optional<std::vector<fly::App>> apps_from(Json value) { return list_in(value, "apps", &listed_app_from); }

std::optional<std::vector<fly::AppSecret>> secrets_from(Json value) { return list_in(value, "secrets", &secret_from); }

std::optional<std::uint64_t> secrets_version_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    auto const version = json.integer(json.either("version", "Version"));
    if (!sound || version < 0) return std::nullopt;
    return static_cast<std::uint64_t>(version);
}

fly::IpType ip_type_of(std::string_view word, std::string_view address, bool shared) {
    for (auto const type : {fly::IpType::V4, fly::IpType::V6, fly::IpType::SharedV4, fly::IpType::PrivateV6}) {
        if (word == fly::to_string(type)) return type;
    }
    if (shared) return fly::IpType::SharedV4;
    if (address.starts_with("fdaa:")) return fly::IpType::PrivateV6;
    return address.find(':') != std::string_view::npos ? fly::IpType::V6 : fly::IpType::V4;
}

std::optional<fly::Ip> ip_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    auto address = json.text(json.either("ip", "address"));
    auto const type = ip_type_of(json.text("type"), address, json.flag("shared"));
    fly::Ip ip{.address = std::move(address), .type = type, .region = json.text("region")};
    if (!sound || ip.address.empty()) return std::nullopt;
    return ip;
}

std::optional<std::vector<fly::Ip>> ips_from(Json value) { return list_in(value, "ips", &ip_from); }

std::optional<fly::Certificate> certificate_from(Json value) {
    bool sound = value.is_object();
    ObjectReader const json(value, sound);
    fly::Certificate certificate{
        .hostname = json.text("hostname"), .status = json.text("status"), .configured = json.flag("configured")};
    if (!sound || certificate.hostname.empty()) return std::nullopt;
    return certificate;
}

std::optional<CertificatePage> certificates_from(Json value) {
    auto certificates = list_in(value, "certificates", &certificate_from);
    bool sound = certificates.has_value();
    auto cursor = ObjectReader(value, sound).text("next_cursor");
    if (!sound) return std::nullopt;
    return CertificatePage{.certificates = std::move(*certificates), .next_cursor = std::move(cursor)};
}

}  // namespace dayfly::fly_rest
