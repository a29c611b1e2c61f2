// Which Node a project asks for: a small reading of npm's version ranges, whole majors only.
// Source: github.com/npm/node-semver, "Ranges"; Node's release schedule for the names of its long-term versions.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "controller/github/detect.h"

namespace dayfly::github {
namespace {

constexpr int preferred = 22;
/// Versions with long-term support, the likelier choice first.
constexpr std::array supported{22, 24, 20, 18, 16, 14};
constexpr std::array<std::pair<std::string_view, int>, 6> code_names{
    {{"krypton", 24}, {"jod", 22}, {"iron", 20}, {"hydrogen", 18}, {"gallium", 16}, {"fermium", 14}}};

struct Comparator {
    std::string_view op;
    int major = 0;
    bool whole = true;  ///< nothing but zeros or wildcards behind the major
};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    return text;
}

std::optional<int> leading_number(std::string_view& text) {
    int number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > 999) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

std::optional<Comparator> read_comparator(std::string_view text) {
    Comparator comparator;
    for (std::string_view const op : {">=", "<=", ">", "<", "^", "~", "="}) {
        if (!text.starts_with(op)) continue;
        comparator.op = op;
        text.remove_prefix(op.size());
        break;
    }
    text = trimmed(text);
    if (text.starts_with('v')) text.remove_prefix(1);
    auto const major = leading_number(text);
    if (!major) return std::nullopt;
    comparator.major = *major;
    comparator.whole =
        std::ranges::all_of(text, [](char c) { return c == '.' || c == '0' || c == 'x' || c == 'X' || c == '*'; });
    return comparator;
}

bool meets(int major, Comparator const& comparator) {
    if (comparator.op == ">=") return major >= comparator.major;
    if (comparator.op == ">") return comparator.whole ? major > comparator.major : major >= comparator.major;
    if (comparator.op == "<") return comparator.whole ? major < comparator.major : major <= comparator.major;
    if (comparator.op == "<=") return major <= comparator.major;
    return major == comparator.major;
}

/// One alternative: comparators that must all be met, or "18 - 20".
bool meets_all(int major, std::string_view range) {
    if (auto const dash = range.find(" - "); dash != std::string_view::npos) {
        auto const low = read_comparator(trimmed(range.substr(0, dash)));
        auto const high = read_comparator(trimmed(range.substr(dash + 3)));
        return low && high && major >= low->major && major <= high->major;
    }
    bool any = false;
    while (!(range = trimmed(range)).empty()) {
        // An operator may stand apart from its version: ">= 18".
        auto const digits = range.find_first_of("0123456789xX*");
        auto const end = range.find(' ', digits == std::string_view::npos ? 0 : digits);
        auto const word = trimmed(range.substr(0, end));
        range.remove_prefix(std::min(range.size(), end));
        any = true;
        if (word == "*" || word == "x" || word == "X") continue;
        auto const comparator = read_comparator(word);
        if (!comparator || !meets(major, *comparator)) return false;
    }
    return any;
}

bool meets_range(int major, std::string_view range) {
    while (true) {
        auto const bar = range.find("||");
        if (meets_all(major, range.substr(0, bar))) return true;
        if (bar == std::string_view::npos) return false;
        range.remove_prefix(bar + 2);
    }
}

bool is_exact(std::string_view version) {
    return std::ranges::count(version, '.') == 2 &&
           std::ranges::all_of(version, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

}  // namespace

std::string node_tag(std::string_view version) {
    version = trimmed(version.substr(0, version.find('\n')));
    if (version.size() > 100) return {};
    if (version == "lts/*" || version == "node" || version == "stable") return std::to_string(preferred);
    if (version.starts_with("lts/")) {
        auto const* const found = std::ranges::find(code_names, version.substr(4), &std::pair<std::string_view, int>::first);
        return found == code_names.end() ? std::string() : std::to_string(found->second);
    }
    if (version.starts_with('v')) version.remove_prefix(1);
    if (is_exact(version)) return std::string(version);
    for (int const major : supported) {
        if (meets_range(major, version)) return std::to_string(major);
    }
    // A version between the long-term ones, or a newer one, asked for by name.
    auto const only = read_comparator(version);
    bool const is_named = only && only->major > 0 && only->op != ">=" && only->op != ">";
    return is_named && meets_range(only->major, version) ? std::to_string(only->major) : std::string();
}

}  // namespace dayfly::github
