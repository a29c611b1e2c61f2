// See progress.h.
#include "controller/boot/progress.h"

#include <algorithm>
#include <charconv>

namespace dayfly::boot {
namespace {

constexpr std::size_t longest_report = 512u << 10;
constexpr std::size_t most_lines = 1000;  ///< of one log

constexpr std::array<std::string_view, stages.size()> words{"clone", "install", "build", "start"};

std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> parts;
    while (!line.empty() && parts.size() < 8) {
        auto const space = line.find(' ');
        parts.push_back(line.substr(0, space));
        if (space == std::string_view::npos) break;
        line.remove_prefix(space + 1);
    }
    return parts;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Listening listening_from(std::string_view word) {
    if (word == "none") return Listening::Nothing;
    if (word == "loopback") return Listening::LoopbackOnly;
    if (word == "all") return Listening::All;
    return Listening::Unknown;
}

bool is_hash(std::string_view text) {
    return text.size() <= 64 &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// "STARTED ENDED CODE", a dash for what is not there yet, "skipped" for a code.
std::optional<StageProgress> stage_progress(std::vector<std::string_view> const& parts) {
    if (parts.size() != 4) return std::nullopt;
    auto const started = number<std::int64_t>(parts[1]);
    if (!started) return std::nullopt;
    StageProgress progress{.started = *started, .ended = number<std::int64_t>(parts[2]), .code = number<int>(parts[3])};
    progress.skipped = parts[3] == "skipped";
    return progress;
}

class Reader {
public:
    /// False when the line is not one of a report's.
    bool take(std::string_view line) {
        if (line.starts_with('|')) {
            if (!log_) return false;
            auto& lines = progress_.logs[*log_];
            if (lines.size() < most_lines) lines.emplace_back(line.substr(1));
            return true;
        }
        auto const parts = split(line);
        if (parts.empty()) return false;
        auto const& word = parts.front();
        if (word == "log" && parts.size() == 2) {
            log_ = stage_from(parts[1]);
            return log_.has_value();
        }
        if (auto const stage = stage_from(word)) {
            auto const read = stage_progress(parts);
            if (read) progress_.stages[*stage] = *read;
            return read.has_value();
        }
        if (word == "now" && parts.size() == 2) progress_.now = number<std::int64_t>(parts[1]).value_or(0);
        if (word == "stage" && parts.size() == 2) progress_.current = stage_from(parts[1]);
        if (word == "commit" && parts.size() == 2 && is_hash(parts[1])) progress_.commit = parts[1];
        if (word == "port" && parts.size() == 3) {
            progress_.port = number<int>(parts[1]).value_or(0);
            progress_.listening = listening_from(parts[2]);
        }
        return true;  // words of a newer program are passed over
    }

    [[nodiscard]] Progress result() && { return std::move(progress_); }

private:
    Progress progress_;
    std::optional<Stage> log_;
};

}  // namespace

std::string_view to_string(Stage stage) { return words[static_cast<std::size_t>(stage)]; }

std::optional<Stage> stage_from(std::string_view word) {
    for (auto const stage : stages) {
        if (to_string(stage) == word) return stage;
    }
    return std::nullopt;
}

Result<Progress> read_report(std::string_view text) {
    auto const unreadable = [](char const* what) {
        return failure(ErrorKind::Unavailable, std::string("the machine's report ") + what);
    };
    if (text.size() > longest_report) return unreadable("is too long");
    constexpr std::string_view head = "dayfly-boot 1\n";
    if (!text.starts_with(head)) return unreadable("is not one");
    text.remove_prefix(head.size());
    Reader reader;
    while (!text.empty()) {
        auto const end = text.find('\n');
        auto const line = text.substr(0, end);
        if (line == "end") return std::move(reader).result();
        if (end == std::string_view::npos || !reader.take(line)) break;
        text.remove_prefix(end + 1);
    }
    return unreadable("is cut short");
}

std::string plain_line(std::string_view line) {
    std::string plain;
    for (std::size_t at = 0; at < line.size(); ++at) {
        auto const c = static_cast<unsigned char>(line[at]);
        if (c == 0x1b && line.substr(at + 1).starts_with('[')) {
            at = std::min(line.find_first_of("ABCDEFGHJKSTfhlmnsu", at + 2), line.size());
        } else if (c == '\t' || (c >= 0x20 && c != 0x7f)) {
            plain += static_cast<char>(c);
        }
    }
    return plain;
}

std::optional<StageEnd> stage_that_failed(int exit_code) {
    switch (exit_code) {
        case 21: return StageEnd{Stage::Clone};
        case 22: return StageEnd{Stage::Install};
        case 23: return StageEnd{Stage::Build};
        case 24: return StageEnd{Stage::Start};
        case 31: return StageEnd{Stage::Clone, true};
        case 32: return StageEnd{Stage::Install, true};
        case 33: return StageEnd{Stage::Build, true};
        default: return std::nullopt;
    }
}

}  // namespace dayfly::boot
