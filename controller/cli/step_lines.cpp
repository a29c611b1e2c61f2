// See step_lines.h.
#include "controller/cli/step_lines.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "controller/base/printable.h"
#include "controller/cli/settings.h"

namespace dayfly::cli {
namespace {

/// Not wider than the terminal: a line that wraps cannot be rewritten.
std::string_view cut(std::string_view text, std::size_t columns) {
    std::size_t characters = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        bool const begins_character = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
        if (begins_character && ++characters > columns) return text.substr(0, at);
    }
    return text;
}

}  // namespace

Screen Screen::of_standard_output() {
    Screen screen;
    screen.rewrites = ::isatty(STDOUT_FILENO) == 1;
    screen.colours = screen.rewrites && !wants_no_colour();
    winsize size{};
    if (screen.rewrites && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
        screen.columns = size.ws_col;
        screen.rows = size.ws_row;
    }
    return screen;
}

std::string StepLines::shown(Line const& line) const {
    auto const text = screen_.rewrites ? cut(line.text, screen_.columns) : std::string_view(line.text);
    if (!screen_.colours) return std::string(text) + "\n";
    auto const* const colour = line.state == "Done" ? "\033[32m" : line.state == "Failed" ? "\033[31m" : "\033[33m";
    return fmt::format("{}{}\033[0m\n", colour, text);
}

std::string StepLines::update(std::vector<StepLine> const& steps) {
    std::string changes;
    for (auto const& step : steps) {
        if (step.state == "Pending" || step.state == "Skipped") continue;
        auto const [place, inserted] = places_.try_emplace(step.environment + "/" + step.step, lines_.size());
        if (inserted) lines_.emplace_back();
        auto& line = lines_[place->second];
        auto text = printable(fmt::format("{:<24} {:<8} {:<8} {}", step.environment, step.step, step.state, step.message));
        if (line.text == text) continue;
        line = {.text = std::move(text), .state = step.state};
        changes += shown(line);
    }
    if (changes.empty() || !screen_.rewrites || lines_.size() >= screen_.rows) {
        screen_.rewrites = screen_.rewrites && lines_.size() < screen_.rows;
        return changes;
    }
    auto out = drawn_ > 0 ? fmt::format("\033[{}A", drawn_) : std::string();
    for (auto const& line : lines_) out += "\r\033[2K" + shown(line);
    drawn_ = lines_.size();
    return out;
}

}  // namespace dayfly::cli
