#include "tests/structure/source_tree.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

namespace dayfly::test {
namespace {

namespace fs = std::filesystem;

/// The architecture's table: what each room stands on. The rooms below those count too.
std::map<std::string, std::set<std::string>> const table{
    {"controller/base", {}},
    {"controller/http", {"controller/base"}},
    {"specs", {"controller/base"}},
    {"metrics", {"controller/base"}},
    {"controller/fly", {"controller/base"}},
    {"controller/fly_rest", {"controller/fly", "controller/http"}},
    {"controller/fly_sim", {"controller/fly", "controller/http"}},
    {"controller/fly_local", {"controller/fly_sim", "controller/github"}},
    {"controller/source", {"specs", "controller/http"}},
    {"controller/github", {"controller/http"}},
    {"controller/boot", {"controller/fly", "specs"}},
    {"controller/plan", {"specs", "controller/fly", "controller/boot"}},
    {"controller/fleet", {"controller/fly"}},
    {"controller/reconcile",
     {"controller/plan", "controller/fleet", "controller/source", "controller/boot", "controller/github", "metrics"}},
    {"controller/server", {"controller/reconcile", "controller/http", "metrics"}},
    {"controller/cli", {"controller/server", "controller/fly_rest", "controller/fly_local"}},
};

std::set<std::string> below(std::string const& room) {
    std::set<std::string> all{room};
    if (auto const entry = table.find(room); entry != table.end()) {
        for (auto const& lower : entry->second) all.merge(below(lower));
    }
    return all;
}

std::string room_of(std::string_view path) {
    auto const first = path.find('/');
    if (first == std::string_view::npos) return {};
    auto const top = path.substr(0, first);
    if (top == "specs" || top == "metrics") return std::string(top);
    auto const second = path.find('/', first + 1);
    if (top != "controller" || second == std::string_view::npos) return {};
    return std::string(path.substr(0, second));
}

bool is_cpp(std::string_view path) { return path.ends_with(".h") || path.ends_with(".cpp"); }

bool is_text(std::string_view text) { return text.find('\0') == std::string_view::npos; }

using Needles = std::initializer_list<std::string_view>;

bool holds_any(std::string_view text, Needles const& needles) {
    return std::ranges::any_of(needles, [text](auto const needle) { return text.find(needle) != std::string_view::npos; });
}

/// `needles`: one of them is in whatever `pattern` finds. Nearly all files hold none, and std::regex is slow.
void find_all(std::string const& text, Needles const& needles, std::regex const& pattern, std::string const& complaint,
              Findings& findings) {
    if (!holds_any(text, needles)) return;
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
        findings.push_back(complaint + ": " + match->str());
    }
}

}  // namespace

std::vector<std::string> SourceFile::includes() const {
    static std::regex const pattern(R"(^[ \t]*#[ \t]*include[ \t]*[<"]([^">]+)[">].*)");
    std::vector<std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (line.find('#') != std::string::npos && std::regex_match(line, match, pattern)) found.push_back(match[1]);
    }
    return found;
}

std::string SourceFile::room() const { return room_of(path); }

namespace {

std::vector<SourceFile> read_project() {
    fs::path const root = DAYFLY_SOURCE_DIR;
    std::vector<SourceFile> files;
    for (fs::recursive_directory_iterator entry(root), end; entry != end; ++entry) {
        auto const path = entry->path().lexically_relative(root).generic_string();
        if (entry->is_directory()) {
            if (path == "build" || path == ".git" || path == ".cache") entry.disable_recursion_pending();
            continue;
        }
        // In a second worktree .git is a file that says where the first one is.
        if (!entry->is_regular_file() || path == ".git") continue;
        std::ifstream stream(entry->path(), std::ios::binary);
        std::string text{std::istreambuf_iterator<char>(stream), {}};
        if (is_text(text)) files.push_back({.path = path, .text = std::move(text)});
    }
    std::ranges::sort(files, {}, &SourceFile::path);
    return files;
}

}  // namespace

std::vector<SourceFile> const& project_files() {
    static auto const files = read_project();
    return files;
}

std::vector<SourceFile> cpp_files() {
    auto files = project_files();
    std::erase_if(files, [](SourceFile const& file) { return !is_cpp(file.path); });
    return files;
}

Findings upward_includes(SourceFile const& file) {
    auto const own = file.room();
    if (own.empty()) return {};
    if (!table.contains(own)) return {own + " is not in the table of rooms"};
    auto const allowed = below(own);
    Findings findings;
    for (auto const& include : file.includes()) {
        auto const other = room_of(include);
        if (!other.empty() && !allowed.contains(other)) findings.push_back("includes upwards: " + include);
        if (include.starts_with("tests/")) findings.push_back("includes a test: " + include);
    }
    return findings;
}

Findings misplaced_transport(SourceFile const& file) {
    if (file.room() == "controller/http" && file.path.ends_with(".cpp")) return {};
    Findings findings;
    for (auto const& include : file.includes()) {
        if (include.starts_with("boost/beast") || include.starts_with("boost/asio/ssl") || include == "openssl/ssl.h") {
            findings.push_back("belongs into the sources of controller/http: " + include);
        }
    }
    return findings;
}

Findings misplaced_time(SourceFile const& file) {
    if (file.room().empty() && !file.path.starts_with("controller/")) return {};
    Findings findings;
    if (file.room() != "controller/http" && file.room() != "controller/base") {
        static std::regex const timers(R"(\b(steady_timer|system_timer|high_resolution_timer|deadline_timer|timerfd_\w+)\b)");
        find_all(file.text, {"_timer", "timerfd_"}, timers, "a timer outside of controller/base and http", findings);
    }
    if (file.path != "controller/base/clock.cpp") {
        static std::regex const clocks(
            R"(\b\w+_clock::now\b|\bclock_gettime\b|\bgettimeofday\b|std::time\(|this_thread::sleep)");
        find_all(file.text, {"_clock::now", "clock_gettime", "gettimeofday", "std::time(", "this_thread::sleep"}, clocks,
                 "the time is passed in by Clock", findings);
    }
    if (file.path != "controller/base/random.h") {
        static std::regex const randomness(R"(\brandom_device\b|\bstd::rand\b|\bsrand\b)");
        find_all(file.text, {"random_device", "std::rand", "srand"}, randomness, "randomness is passed in by Random", findings);
    }
    return findings;
}

Findings forbidden_knowledge(SourceFile const& file) {
    static std::map<std::string, std::vector<std::string>> const forbidden{
        {"controller/plan",
         {"boost/asio", "controller/base/clock.h", "controller/base/log.h", "controller/base/task.h", "metrics/", "prometheus/",
          "spdlog/"}},
        {"controller/reconcile", {"controller/http/", "nlohmann/"}},
        {"metrics", {"boost/asio", "nlohmann/"}},
    };
    auto const rule = forbidden.find(file.room());
    if (rule == forbidden.end()) return {};
    Findings findings;
    for (auto const& include : file.includes()) {
        for (auto const& prefix : rule->second) {
            if (include.starts_with(prefix)) findings.push_back(file.room() + " must not know " + include);
        }
    }
    return findings;
}

Findings missing_opening(SourceFile const& file, std::function<bool(std::string const&)> const& exists) {
    if (file.text.starts_with("//")) return {};
    if (file.path.ends_with(".cpp") && exists(file.path.substr(0, file.path.size() - 4) + ".h")) return {};
    return {"does not open with a comment that says what it is and where it stands"};
}

Findings machine_paths(SourceFile const& file) {
    // Written in halves, so that this file does not find itself.
    static std::regex const pattern(
        "(^|[^A-Za-z0-9_.-])/(wo"
        "rk|ro"
        "ot|ho"
        "me/[a-z]+)/");
    std::istringstream lines(file.text);
    Findings findings;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        bool const suspect = holds_any(line, {"wo"
                                              "rk/",
                                              "ro"
                                              "ot/",
                                              "ho"
                                              "me/"});
        if (suspect && std::regex_search(line, pattern))
            findings.push_back("line " + std::to_string(number) + " names a path of one machine: " + line);
    }
    return findings;
}

}  // namespace dayfly::test
