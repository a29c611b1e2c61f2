// Where finished log lines go, for those who put something around it.
#pragma once

#include "controller/base/log.h"

namespace dayfly {

/// The default: standard error, each line with the time in front.
[[nodiscard]] Log::Sink standard_error_sink(LogFormat format);

/// "debug", "info", "warn", "error".
[[nodiscard]] std::string_view word_for(LogLevel level);

}  // namespace dayfly
