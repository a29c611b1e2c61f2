// The log: one line per thing that happened, a message and key=value fields, as text or JSON, on standard error.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace dayfly {

enum class LogLevel { Debug, Info, Warn, Error, Off };
enum class LogFormat { Text, Json };

struct LogField {
    std::string_view key;
    std::string value;
};

/// Injected, never global. Cheap when the level is off; building fields is the caller's cost, so ask enabled() on hot paths.
class Log {
public:
    /// Writes finished lines (without newline) to `sink`; the default one is standard error through spdlog.
    using Sink = std::function<void(LogLevel, std::string const& line)>;

    Log(LogLevel level, LogFormat format);
    Log(LogLevel level, LogFormat format, Sink sink);

    [[nodiscard]] bool enabled(LogLevel level) const { return level >= level_ && level_ != LogLevel::Off; }
    void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

    void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(LogLevel::Debug, message, fields);
    }
    void info(std::string_view message, std::initializer_list<LogField> fields = {}) { write(LogLevel::Info, message, fields); }
    void warn(std::string_view message, std::initializer_list<LogField> fields = {}) { write(LogLevel::Warn, message, fields); }
    void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(LogLevel::Error, message, fields);
    }

    /// A log that goes nowhere.
    static Log& none();

private:
    LogLevel level_;
    LogFormat format_;
    Sink sink_;
};

}  // namespace dayfly
