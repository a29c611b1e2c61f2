#include "controller/base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "controller/base/log_sink.h"

namespace dayfly {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::Debug: return spdlog::level::debug;
        case LogLevel::Info: return spdlog::level::info;
        case LogLevel::Warn: return spdlog::level::warn;
        default: return spdlog::level::err;
    }
}

void append_escaped(std::string& out, std::string_view text) {
    for (char const c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
                } else {
                    out += c;
                }
        }
    }
}

bool needs_quotes(std::string_view text) {
    return text.empty() || text.find_first_of(" \t\r\n\"=\\") != std::string_view::npos;
}

}  // namespace

Log::Sink standard_error_sink(LogFormat format) {
    auto logger = std::make_shared<spdlog::logger>("dayfly", std::make_shared<spdlog::sinks::stderr_sink_st>());
    logger->set_level(spdlog::level::debug);
    logger->set_pattern(format == LogFormat::Json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v)" : "%Y-%m-%dT%H:%M:%S.%eZ %v",
                        spdlog::pattern_time_type::utc);
    return [logger](LogLevel level, std::string const& line) { logger->log(spdlog_level(level), line); };
}

std::string_view word_for(LogLevel level) {
    switch (level) {
        case LogLevel::Debug: return "debug";
        case LogLevel::Info: return "info";
        case LogLevel::Warn: return "warn";
        default: return "error";
    }
}

Log::Log(LogLevel level, LogFormat format) : Log(level, format, standard_error_sink(format)) {}

Log::Log(LogLevel level, LogFormat format, Sink sink) : level_(level), format_(format), sink_(std::move(sink)) {}

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    if (!enabled(level)) return;
    std::string line;
    if (format_ == LogFormat::Json) {
        // The sink opens the object with the time.
        line = fmt::format(R"("level":"{}","message":")", word_for(level));
        append_escaped(line, message);
        line += '"';
        for (auto const& field : fields) {
            line += fmt::format(R"(,"{}":")", field.key);
            append_escaped(line, field.value);
            line += '"';
        }
        line += '}';
    } else {
        line = fmt::format("{:<5} ", word_for(level));
        append_escaped(line, message);
        for (auto const& field : fields) {
            line += fmt::format(" {}=", field.key);
            if (needs_quotes(field.value)) {
                line += '"';
                append_escaped(line, field.value);
                line += '"';
            } else {
                line += field.value;
            }
        }
    }
    sink_(level, line);
}

Log& Log::none() {
    static Log log(LogLevel::Off, LogFormat::Text, [](LogLevel, std::string const&) {});
    return log;
}

}  // namespace dayfly
