// See table.h.
#include "controller/cli/table.h"

#include <algorithm>

#include "controller/base/printable.h"

namespace dayfly::cli {

std::string table(std::vector<std::string> const& head, std::vector<std::vector<std::string>> rows) {
    for (auto& row : rows) {
        for (auto& cell : row) cell = printable(cell);
    }
    std::vector<std::size_t> widths;
    for (auto const& cell : head) widths.push_back(cell.size());
    for (auto const& row : rows) {
        for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    auto const line = [&](std::vector<std::string> const& cells) {
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            text += cells[i];
            if (i + 1 < cells.size()) text.append(widths[i] - cells[i].size() + 3, ' ');
        }
        while (text.ends_with(' ')) text.pop_back();
        out += text + "\n";
    };
    line(head);
    for (auto const& row : rows) line(row);
    return out;
}

}  // namespace dayfly::cli
