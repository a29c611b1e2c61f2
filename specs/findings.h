// What reading one object brings to light: where each field stood, and what is wrong with it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "specs/load.h"
#include "specs/node.h"

namespace dayfly::specs {

/// Problems of one file that are told; of the others only the number. Nobody reads more, and a hostile file could have tens of
/// thousands.
inline constexpr std::size_t most_problems_of_a_file = 100;

/// One per object. Paths are relative to the object: "spec.secrets[0].name".
class Findings {
public:
    /// `prefix` stands before each path in messages: "items[3]." within a list, else "". `told`: problems that the file has
    /// already.
    Findings(std::string file_name, std::string prefix, std::size_t told = 0)
        : file_name_(std::move(file_name)), prefix_(std::move(prefix)), told_(told) {}

    void report(Mark const& mark, std::string_view path, std::string message);
    /// At the place of `path`, or of the nearest field around it that is written down.
    void report(std::string_view path, std::string message);

    void record(std::string const& path, Mark const& mark) { places_.insert_or_assign(path, mark); }
    /// Written down, in the file or in the defaults.
    [[nodiscard]] bool has(std::string const& path) const { return places_.contains(path); }
    /// A problem with `path` itself or with something inside it is known already.
    [[nodiscard]] bool failed(std::string_view path) const;
    /// Looking for the name that was meant costs far more than anything else; after this many problems nobody is helped by it.
    [[nodiscard]] bool may_suggest() const { return told_ + problems_.size() < most_suggestions; }
    /// Whether a further problem would only be counted.
    [[nodiscard]] bool is_full() const { return told_ + problems_.size() >= most_problems_of_a_file; }

    [[nodiscard]] bool any() const { return !problems_.empty() || untold_ > 0; }
    [[nodiscard]] std::vector<Problem> const& problems() const { return problems_; }
    /// How many more there are.
    [[nodiscard]] std::size_t untold() const { return untold_; }
    [[nodiscard]] Location location(Mark const& mark) const;

private:
    static constexpr std::size_t most_suggestions = 20;

    std::string file_name_;
    std::string prefix_;
    std::size_t told_;
    std::map<std::string, Mark, std::less<>> places_;
    std::vector<Problem> problems_;
    std::size_t untold_ = 0;
    std::set<std::string, std::less<>> failed_paths_;
};

}  // namespace dayfly::specs
