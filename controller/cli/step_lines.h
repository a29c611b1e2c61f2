// What `apply` shows while it works: one line a step, rewritten in place on a terminal; one line a change anywhere else.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace dayfly::cli {

struct StepLine {
    std::string environment;
    std::string step;
    std::string state;  ///< "Running", "Done", …; Pending and Skipped are not shown
    std::string message;
};

struct Screen {
    bool rewrites = false;  ///< a terminal, whose cursor can go back up
    bool colours = false;
    std::size_t columns = 80;
    std::size_t rows = 24;

    /// Standard output as it is now.
    static Screen of_standard_output();
};

class StepLines {
public:
    explicit StepLines(Screen screen) : screen_(screen) {}

    /// What to print now that the steps are these; nothing when none has changed. When there are more lines than the terminal
    /// has, changes follow each other there too.
    std::string update(std::vector<StepLine> const& steps);

private:
    struct Line {
        std::string text;
        std::string state;
    };
    [[nodiscard]] std::string shown(Line const& line) const;

    Screen screen_;
    std::vector<Line> lines_;  ///< in the order of their first appearance
    std::map<std::string, std::size_t> places_;
    std::size_t drawn_ = 0;  ///< lines above the cursor that can be rewritten
};

}  // namespace dayfly::cli
