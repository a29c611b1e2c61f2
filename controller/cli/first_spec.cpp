#include "controller/cli/first_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace dayfly::cli {
namespace {

/// Plain when no reader of YAML could take it for anything but this text, else in double quotes as JSON has them.
std::string scalar(std::string const& text) {
    auto const is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    bool const plain = !text.empty() && is_letter(text.front()) && text.back() != ' ' && text.find(": ") == std::string::npos &&
                       text.back() != ':' && text.find(" #") == std::string::npos && text != "true" && text != "false" &&
                       text != "null" && text != "yes" && text != "no" && text != "on" && text != "off" && text != "y" &&
                       text != "n" && std::ranges::all_of(text, [&](char c) {
                           return is_letter(c) || (c >= '0' && c <= '9') || std::string_view(" -_./:@+=$&,").contains(c);
                       });
    if (plain) return text;
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// A DNS label from the last part of a repository's name.
std::string name_of(std::string const& repository) {
    auto text = repository;
    while (text.ends_with('/')) text.pop_back();
    if (text.ends_with(".git")) text.resize(text.size() - 4);
    text = text.substr(text.find_last_of("/:") + 1);
    std::string name;
    for (char const c : text) {
        bool const upper = c >= 'A' && c <= 'Z';
        bool const fits = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (fits) name += upper ? static_cast<char>(c + 32) : c;
        if (!fits && !name.empty() && name.back() != '-') name += '-';
    }
    name.resize(std::min<std::size_t>(name.size(), 50));
    while (name.ends_with('-')) name.pop_back();
    return name.empty() ? "preview" : name;
}

std::string comments(github::Detection const& detection) {
    std::string text;
    if (!detection.what.empty()) text += fmt::format("# Found: {}.\n", detection.what);
    for (auto finding : detection.findings) {
        std::ranges::replace_if(finding, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
        text += fmt::format("# {}\n", finding);
    }
    return text;
}

}  // namespace

std::string first_spec(FirstSpec const& from) {
    auto const& detection = from.detection;
    auto text = comments(detection);
    text += "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata:\n";
    text += fmt::format("  name: {}\n", scalar(name_of(from.repository)));
    text += fmt::format("spec:\n  source:\n    git:\n      repository: {}\n", scalar(from.repository));
    if (!from.path.empty() && from.path != ".") text += fmt::format("      path: {}\n", scalar(from.path));
    std::string runtime;
    if (!detection.image.empty()) runtime += fmt::format("    image: {}\n", scalar(detection.image));
    for (auto const& [key, command] : {std::pair{"install", &detection.install}, std::pair{"build", &detection.build},
                                       std::pair{"start", &detection.start}}) {
        if (*command) runtime += fmt::format("    {}: {}\n", key, scalar(**command));
    }
    if (!runtime.empty()) text += "  runtime:\n" + runtime;
    return text;
}

}  // namespace dayfly::cli
