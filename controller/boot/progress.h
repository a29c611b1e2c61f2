// How far a machine's program is, as `boot.sh report` tells it. Pure: text in, values out.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/result.h"

namespace dayfly::boot {

/// In the order in which they run.
enum class Stage : std::uint8_t { Clone, Install, Build, Start };
inline constexpr std::array stages{Stage::Clone, Stage::Install, Stage::Build, Stage::Start};

/// "clone", …: the program's word for it.
[[nodiscard]] std::string_view to_string(Stage stage);
[[nodiscard]] std::optional<Stage> stage_from(std::string_view word);

/// Who can reach what listens on the service's port.
enum class Listening : std::uint8_t { Unknown, Nothing, LoopbackOnly, All };

struct StageProgress {
    std::int64_t started = 0;           ///< Unix seconds by the machine's clock
    std::optional<std::int64_t> ended;  ///< unset while it runs
    std::optional<int> code;            ///< 0: done; unset while it runs and when it was not needed
    bool skipped = false;               ///< there was nothing to do
    friend bool operator==(StageProgress const&, StageProgress const&) = default;
};

struct Progress {
    std::int64_t now = 0;  ///< Unix seconds by the machine's clock
    std::optional<Stage> current;
    std::string commit;  ///< checked out; empty: none yet
    int port = 0;        ///< 0: the program was given none
    Listening listening = Listening::Unknown;
    std::map<Stage, StageProgress> stages;
    std::map<Stage, std::vector<std::string>> logs;  ///< the last lines, oldest first
    friend bool operator==(Progress const&, Progress const&) = default;
};

/// Reads a whole report. Unavailable when it is cut short or is none: no answer is not "nothing runs".
[[nodiscard]] Result<Progress> read_report(std::string_view text);

/// `line` without escape sequences and other control characters: fit to be shown on a terminal.
[[nodiscard]] std::string plain_line(std::string_view line);

/// What the exit code of a machine's program means.
struct StageEnd {
    Stage stage;
    bool timed_out = false;
    friend bool operator==(StageEnd const&, StageEnd const&) = default;
};
/// Nothing for 0, for codes of signals and for 20, which is the image's fault.
[[nodiscard]] std::optional<StageEnd> stage_that_failed(int exit_code);
inline constexpr int image_lacks_something = 20;

}  // namespace dayfly::boot
