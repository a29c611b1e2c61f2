#include "controller/fly_sim/config_shape.h"

#include <fmt/format.h>

#include <span>
#include <string_view>

#include "controller/base/time_text.h"

namespace dayfly::fly_sim {
namespace {

enum class Kind { Text, Whole, Number, Truth, Duration, Autostop, Texts, TextMap, One, Many, ByName, Any };

struct Field {
    std::string_view name;
    Kind kind = Kind::Text;
    std::span<Field const> inner = {};
    bool pointer = false;  ///< a Go pointer: an explicit zero might survive (Quirks::echo_pointer_zeros)
};

constexpr Field guest[] = {
    {"cpu_kind"},
    {"cpus", Kind::Whole},
    {"memory_mb", Kind::Whole},
    {"max_memory_mb", Kind::Whole},
    {"gpus", Kind::Whole},
    {"gpu_kind"},
    {"host_dedication_id"},
    {"kernel_args", Kind::Texts},
    {"persist_rootfs"},
    {"required_host_features", Kind::Texts},
};
constexpr Field init[] = {
    {"exec", Kind::Texts}, {"entrypoint", Kind::Texts},   {"cmd", Kind::Texts},
    {"tty", Kind::Truth},  {"swap_size_mb", Kind::Whole}, {"kernel_args", Kind::Texts},
};
constexpr Field header[] = {{"name"}, {"values", Kind::Texts}};
constexpr Field service_check[] = {
    {"type"},
    {"port", Kind::Whole},
    {"interval", Kind::Duration},
    {"timeout", Kind::Duration},
    {"grace_period", Kind::Duration},
    {"method"},
    {"path"},
    {"protocol"},
    {"tls_skip_verify", Kind::Truth, {}, true},
    {"tls_server_name"},
    {"headers", Kind::Many, header},
};
constexpr Field named_check[] = {
    {"type"},
    {"port", Kind::Whole},
    {"interval", Kind::Duration},
    {"timeout", Kind::Duration},
    {"grace_period", Kind::Duration},
    {"method"},
    {"path"},
    {"protocol"},
    {"tls_skip_verify", Kind::Truth, {}, true},
    {"tls_server_name"},
    {"headers", Kind::Many, header},
    {"kind"},
};
constexpr Field http_response[] = {{"headers", Kind::Any}, {"pristine", Kind::Truth}};
constexpr Field replay_cache[] = {
    {"path_prefix"}, {"ttl_seconds", Kind::Whole}, {"type"}, {"name"}, {"allow_bypass", Kind::Truth}};
constexpr Field http_options[] = {
    {"compress", Kind::Truth, {}, true}, {"h2_backend", Kind::Truth, {}, true}, {"response", Kind::One, http_response},
    {"idle_timeout", Kind::Whole},       {"headers_read_timeout", Kind::Whole}, {"replay_cache", Kind::Many, replay_cache},
};
constexpr Field tls_options[] = {
    {"alpn", Kind::Texts}, {"versions", Kind::Texts}, {"default_self_signed", Kind::Truth, {}, true}};
constexpr Field proxy_options[] = {{"version"}};
constexpr Field port[] = {
    {"port", Kind::Whole},
    {"start_port", Kind::Whole},
    {"end_port", Kind::Whole},
    {"handlers", Kind::Texts},
    {"force_https", Kind::Truth},
    {"http_options", Kind::One, http_options},
    {"tls_options", Kind::One, tls_options},
    {"proxy_proto_options", Kind::One, proxy_options},
};
constexpr Field concurrency[] = {{"type"}, {"soft_limit", Kind::Whole}, {"hard_limit", Kind::Whole}};
constexpr Field service[] = {
    {"protocol"},
    {"internal_port", Kind::Whole},
    {"ports", Kind::Many, port},
    {"concurrency", Kind::One, concurrency},
    {"autostart", Kind::Truth, {}, true},
    {"autostop", Kind::Autostop},
    {"min_machines_running", Kind::Whole, {}, true},
    {"checks", Kind::Many, service_check},
    {"force_instance_key"},
    {"force_instance_description"},
};
constexpr Field mount[] = {
    {"volume"},
    {"path"},
    {"name"},
    {"encrypted", Kind::Truth},
    {"size_gb", Kind::Whole},
    {"extend_threshold_percent", Kind::Whole},
    {"add_size_gb", Kind::Whole},
    {"size_gb_limit", Kind::Whole},
    {"add_size_percent", Kind::Whole},
    {"min_add_size_gb", Kind::Whole},
};
constexpr Field restart[] = {{"policy"}, {"max_retries", Kind::Whole}, {"gpu_bid_price", Kind::Number}};
constexpr Field file[] = {{"guest_path"}, {"raw_value"}, {"secret_name"}, {"image_config"}, {"mode", Kind::Whole}};
constexpr Field stop_config[] = {{"timeout", Kind::Duration}, {"signal"}};
constexpr Field env_from[] = {{"env_var"}, {"field_ref"}};
constexpr Field process_secret[] = {{"env_var"}, {"name"}};
constexpr Field process[] = {
    {"exec", Kind::Texts},
    {"entrypoint", Kind::Texts},
    {"cmd", Kind::Texts},
    {"env", Kind::TextMap},
    {"env_from", Kind::Many, env_from},
    {"user"},
    {"secrets", Kind::Many, process_secret},
    {"ignore_app_secrets", Kind::Truth},
};
constexpr Field dns_option[] = {{"name"}, {"value"}};
constexpr Field dns_rule[] = {{"basename"}, {"addr"}};
constexpr Field dns[] = {
    {"skip_registration", Kind::Truth},
    {"nameservers", Kind::Texts},
    {"searches", Kind::Texts},
    {"options", Kind::Many, dns_option},
    {"dns_forward_rules", Kind::Many, dns_rule},
    {"hostname"},
    {"hostname_fqdn"},
};
constexpr Field metrics[] = {{"port", Kind::Whole}, {"path"}, {"https", Kind::Truth}};
constexpr Field static_files[] = {{"guest_path"}, {"url_prefix"}, {"tigris_bucket"}, {"index_document"}};
constexpr Field rootfs[] = {{"persist"}, {"size_gb", Kind::Whole}};
constexpr Field cache_drive[] = {{"size_mb", Kind::Whole}};
constexpr Field spot[] = {{"max_price_fraction", Kind::Number}};
constexpr Field machine[] = {
    {"image"},
    {"guest", Kind::One, guest},
    {"size"},
    {"env", Kind::TextMap},
    {"init", Kind::One, init},
    {"services", Kind::Many, service},
    {"checks", Kind::ByName, named_check},
    {"mounts", Kind::Many, mount},
    {"restart", Kind::One, restart},
    {"auto_destroy", Kind::Truth},
    {"metadata", Kind::TextMap},
    {"files", Kind::Many, file},
    {"schedule"},
    {"stop_config", Kind::One, stop_config},
    {"processes", Kind::Many, process},
    {"containers", Kind::Any},
    {"volumes", Kind::Any},
    {"dns", Kind::One, dns},
    {"metrics", Kind::One, metrics},
    {"statics", Kind::Many, static_files},
    {"standbys", Kind::Texts},
    {"rootfs", Kind::One, rootfs},
    {"cache_drive", Kind::One, cache_drive},
    {"spot", Kind::One, spot},
    {"disable_machine_autostart", Kind::Truth, {}, true},
};

using Echo = std::expected<Json, std::string>;

std::string_view go_type(Kind kind) {
    switch (kind) {
        case Kind::Text: return "string";
        case Kind::Whole: return "int";
        case Kind::Number: return "float64";
        case Kind::Truth: return "bool";
        case Kind::Duration: return "fly.Duration";
        case Kind::Autostop: return "fly.MachineAutostop";
        case Kind::Texts: return "[]string";
        case Kind::TextMap: return "map[string]string";
        case Kind::Many: return "[]struct";
        case Kind::ByName: return "map[string]struct";
        case Kind::One:
        case Kind::Any: break;
    }
    return "struct";
}

std::string_view go_word(Json const& value) {
    if (value.is_string()) return "string";
    if (value.is_number()) return "number";
    if (value.is_boolean()) return "bool";
    return value.is_array() ? "array" : "object";
}

struct Translator {
    Quirks const& quirks;

    static std::unexpected<std::string> mismatch(Json const& value, Kind kind, std::string const& path) {
        return std::unexpected(fmt::format("json: cannot unmarshal {} into Go struct field MachineConfig.{} of type {}",
                                           go_word(value), path, go_type(kind)));
    }

    /// Null stands for "nothing to echo".
    Echo field(Field const& field, Json const& value, std::string const& path) const {
        if (value.is_null()) return Json();
        switch (field.kind) {
            case Kind::Text:
                if (!value.is_string()) return mismatch(value, field.kind, path);
                return value.get_ref<std::string const&>().empty() ? Json() : value;
            case Kind::Whole:
                if (!value.is_number_integer()) return mismatch(value, field.kind, path);
                return zero_or(field, value, value.get<std::int64_t>() == 0);
            case Kind::Number:
                if (!value.is_number()) return mismatch(value, field.kind, path);
                return zero_or(field, value, value.get<double>() == 0);
            case Kind::Truth:
                if (!value.is_boolean()) return mismatch(value, field.kind, path);
                return zero_or(field, value, !value.get<bool>());
            case Kind::Duration: return duration(field, value, path);
            case Kind::Autostop: return autostop(value, path);
            case Kind::Texts: return texts(field, value, path);
            case Kind::TextMap: return text_map(field, value, path);
            case Kind::One:
                if (!value.is_object()) return mismatch(value, field.kind, path);
                return object(field.inner, value, path);
            case Kind::Many: return many(field, value, path);
            case Kind::ByName: return by_name(field, value, path);
            case Kind::Any: return value.empty() ? Json() : value;
        }
        return Json();
    }

    Json zero_or(Field const& field, Json const& value, bool zero) const {
        return zero && !(field.pointer && quirks.echo_pointer_zeros) ? Json() : value;
    }

    Echo duration(Field const& field, Json const& value, std::string const& path) const {
        std::optional<std::chrono::nanoseconds> read;
        if (value.is_number_integer()) {
            read = std::chrono::nanoseconds(value.get<std::int64_t>());
        } else if (value.is_string()) {
            auto const& text = value.get_ref<std::string const&>();
            if (text.empty()) return Json();
            // Go knows no days.
            if (text.find('d') == std::string::npos) read = parse_duration(text);
            if (!read) return std::unexpected(fmt::format("time: invalid duration \"{}\"", text));
        }
        if (!read) return mismatch(value, field.kind, path);
        if (read->count() == 0) return Json();
        return Json(go_duration(*read));
    }

    static Echo autostop(Json const& value, std::string const& path) {
        if (value.is_boolean()) return value;
        if (!value.is_string()) return mismatch(value, Kind::Autostop, path);
        auto const& word = value.get_ref<std::string const&>();
        if (word.empty()) return Json();
        if (word == "off" || word == "false") return Json(false);
        if (word == "stop" || word == "true") return Json(true);
        if (word == "suspend") return Json("suspend");
        return std::unexpected(fmt::format("invalid autostop value \"{}\"", word));
    }

    static Echo texts(Field const& field, Json const& value, std::string const& path) {
        if (!value.is_array()) return mismatch(value, field.kind, path);
        for (auto const& item : value) {
            if (!item.is_string()) return mismatch(item, Kind::Text, path);
        }
        return value.empty() ? Json() : value;
    }

    static Echo text_map(Field const& field, Json const& value, std::string const& path) {
        if (!value.is_object()) return mismatch(value, field.kind, path);
        auto echo = Json::object();
        for (auto const& [name, item] : value.items()) {
            if (!item.is_string() && !item.is_null()) return mismatch(item, Kind::Text, path);
            echo[name] = item.is_null() ? Json("") : item;
        }
        return echo.empty() ? Json() : echo;
    }

    Echo many(Field const& field, Json const& value, std::string const& path) const {
        if (!value.is_array()) return mismatch(value, field.kind, path);
        auto echo = Json::array();
        for (auto const& item : value) {
            if (!item.is_object()) return mismatch(item, Kind::One, path);
            auto inner = object(field.inner, item, path);
            if (!inner) return inner;
            // The one tag without omitempty in a service.
            if (field.name == "services" && !inner->contains("force_instance_key")) (*inner)["force_instance_key"] = nullptr;
            echo.push_back(std::move(*inner));
        }
        return echo.empty() ? Json() : echo;
    }

    Echo by_name(Field const& field, Json const& value, std::string const& path) const {
        if (!value.is_object()) return mismatch(value, field.kind, path);
        auto echo = Json::object();
        for (auto const& [name, item] : value.items()) {
            if (!item.is_object()) return mismatch(item, Kind::One, path);
            auto inner = object(field.inner, item, path);
            if (!inner) return inner;
            echo[name] = std::move(*inner);
        }
        return echo.empty() ? Json() : echo;
    }

    Echo object(std::span<Field const> fields, Json const& value, std::string const& path) const {
        auto echo = Json::object();
        for (auto const& known : fields) {
            auto const found = value.find(known.name);
            if (found == value.end()) continue;
            auto inner = field(known, *found, fmt::format("{}{}{}", path, path.empty() ? "" : ".", known.name));
            if (!inner) return inner;
            if (!inner->is_null()) echo[std::string(known.name)] = std::move(*inner);
        }
        return echo;
    }
};

}  // namespace

std::expected<Json, std::string> through_go_structs(Json const& config, Quirks const& quirks) {
    if (!config.is_object()) {
        return std::unexpected(
            fmt::format("json: cannot unmarshal {} into Go struct field .config of type fly.MachineConfig", go_word(config)));
    }
    auto echo = Translator{quirks}.object(machine, config, "");
    if (!echo) return echo;
    if (!echo->contains("init")) (*echo)["init"] = Json::object();
    if (quirks.echo_restart_object && !echo->contains("restart")) (*echo)["restart"] = Json::object();
    if (quirks.echo_dns_object && !echo->contains("dns")) (*echo)["dns"] = Json::object();
    return echo;
}

}  // namespace dayfly::fly_sim
