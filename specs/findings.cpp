// Places by path, and problems in the order they were found.
#include "specs/findings.h"

#include <algorithm>

namespace dayfly::specs {
namespace {

bool lies_within(std::string_view path, std::string_view outer) {
    return path.starts_with(outer) && (path.size() == outer.size() || path[outer.size()] == '.' || path[outer.size()] == '[');
}

}  // namespace

Location Findings::location(Mark const& mark) const {
    return {.file = mark.in_defaults ? defaults_file_name : file_name_, .line = mark.line, .column = mark.column};
}

void Findings::report(Mark const& mark, std::string_view path, std::string message) {
    problems_.push_back({.location = location(mark), .field = prefix_ + std::string(path), .message = std::move(message)});
    failed_paths_.emplace_back(path);
}

void Findings::report(std::string_view path, std::string message) {
    auto around = path;
    while (true) {
        if (auto const found = places_.find(around); found != places_.end()) {
            report(found->second, path, std::move(message));
            return;
        }
        auto const end = around.find_last_of(".[");
        if (end == std::string_view::npos) break;
        around = around.substr(0, end);
    }
    auto const root = places_.find("");
    report(root == places_.end() ? Mark{} : root->second, path, std::move(message));
}

bool Findings::failed(std::string_view path) const {
    return std::ranges::any_of(failed_paths_, [&](std::string const& failed) { return lies_within(failed, path); });
}

}  // namespace dayfly::specs
