// Places by path, and problems in the order they were found.
#include "specs/findings.h"

namespace dayfly::specs {

Location Findings::location(Mark const& mark) const {
    return {.file = mark.defaults != nullptr ? *mark.defaults : file_name_, .line = mark.line, .column = mark.column};
}

void Findings::report(Mark const& mark, std::string_view path, std::string message) {
    failed_paths_.emplace(path);
    if (is_full()) {
        ++untold_;
        return;
    }
    auto field = prefix_ + std::string(path);
    if (path.empty() && field.ends_with('.')) field.pop_back();
    problems_.push_back({.location = location(mark), .field = std::move(field), .message = std::move(message)});
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
    if (failed_paths_.contains(path)) return true;
    auto const begins_one = [&](char separator) {
        auto const inner = std::string(path) + separator;
        auto const next = failed_paths_.lower_bound(inner);
        return next != failed_paths_.end() && next->starts_with(inner);
    };
    return begins_one('.') || begins_one('[');
}

}  // namespace dayfly::specs
