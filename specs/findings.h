// What reading one object brings to light: where each field stood, and what is wrong with it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "specs/load.h"
#include "specs/node.h"

namespace dayfly::specs {

/// The file name that problems in LoadOptions::partial_defaults carry.
inline constexpr char defaults_file_name[] = "defaults";

/// One per object. Paths are relative to the object: "spec.secrets[0].name".
class Findings {
public:
    /// `prefix` stands before each path in messages: "items[3]." within a list, else "".
    Findings(std::string file_name, std::string prefix) : file_name_(std::move(file_name)), prefix_(std::move(prefix)) {}

    void report(Mark const& mark, std::string_view path, std::string message);
    /// At the place of `path`, or of the nearest field around it that is written down.
    void report(std::string_view path, std::string message);

    void record(std::string const& path, Mark const& mark) { places_.insert_or_assign(path, mark); }
    /// Written down, in the file or in the defaults.
    [[nodiscard]] bool has(std::string const& path) const { return places_.contains(path); }
    /// A problem with `path` itself or with something inside it is known already.
    [[nodiscard]] bool failed(std::string_view path) const;

    [[nodiscard]] std::vector<Problem> const& problems() const { return problems_; }
    [[nodiscard]] Location location(Mark const& mark) const;

private:
    std::string file_name_;
    std::string prefix_;
    std::map<std::string, Mark, std::less<>> places_;
    std::vector<Problem> problems_;
    std::vector<std::string> failed_paths_;
};

}  // namespace dayfly::specs
