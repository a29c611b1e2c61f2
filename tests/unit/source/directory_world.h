// Test pieces for directory sources: a real directory to play publisher in, a source that runs on real time, and file systems
// that misbehave. Waits end on conditions, never after a fixed time.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/source/directory_source.h"

namespace dayfly::source::test {

using Names = std::set<std::string>;

/// One valid object.
inline std::string spec(std::string const& name, std::string const& image = "ghcr.io/acme/shop:1") {
    return "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata:\n  name: " + name +
           "\nspec:\n  source: { image: \"" + image + "\" }\n";
}

/// A directory of the test's own, removed at its end. Paths are relative to it.
class Playground {
public:
    Playground() {
        std::string pattern = (std::filesystem::temp_directory_path() / "dayfly-source-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        root_ = std::filesystem::canonical(pattern);
    }
    ~Playground() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }
    Playground(Playground const&) = delete;
    Playground& operator=(Playground const&) = delete;

    [[nodiscard]] std::string path(std::string const& name = {}) const {
        return name.empty() ? root_.string() : (root_ / name).string();
    }
    void write(std::string const& name, std::string const& text) const {
        std::filesystem::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name, std::ios::binary | std::ios::trunc) << text;
    }
    void append(std::string const& name, std::string const& text) const {
        std::ofstream(root_ / name, std::ios::binary | std::ios::app) << text;
    }
    /// What careful writers do: a new file beside it, renamed over it.
    void replace(std::string const& name, std::string const& text) const {
        write(name + "~", text);
        std::filesystem::rename(root_ / (name + "~"), root_ / name);
    }
    void link(std::string const& target, std::string const& name) const {
        std::filesystem::create_directories((root_ / name).parent_path());
        std::filesystem::create_symlink(target, root_ / name);
    }
    void directory(std::string const& name) const { std::filesystem::create_directories(root_ / name); }
    void rename(std::string const& from, std::string const& to) const { std::filesystem::rename(root_ / from, root_ / to); }
    void remove(std::string const& name) const { std::filesystem::remove_all(root_ / name); }
    /// git-sync's publish: a link named tmp-link, renamed over the real one.
    void flip(std::string const& link_name, std::string const& target) const {
        auto const place = std::filesystem::path(link_name).parent_path();
        std::filesystem::create_symlink(target, root_ / place / "tmp-link");
        std::filesystem::rename(root_ / place / "tmp-link", root_ / link_name);
    }

private:
    std::filesystem::path root_;
};

/// Short times for tests that are about what happens, not about when.
inline DirectoryOptions quick(std::string path) {
    DirectoryOptions options{.path = std::move(path)};
    options.times = {.quiet = milliseconds(20),
                     .quiet_cap = milliseconds(200),
                     .check = milliseconds(50),
                     .deaf_look = milliseconds(50),
                     .full_look = milliseconds(400),
                     .full_read = milliseconds(60'000),
                     .second_look = milliseconds(100),
                     .retry = milliseconds(50),
                     .shrink_settle = milliseconds(200),
                     .open_write = milliseconds(60'000)};
    return options;
}

/// As quick(), but only a hint of the kernel leads to a look within the time of a test.
inline DirectoryOptions hints_only(std::string path) {
    auto options = quick(std::move(path));
    options.times.check = options.times.deaf_look = options.times.retry = milliseconds(600'000);
    options.times.full_look = options.times.second_look = milliseconds(600'000);
    return options;
}

struct Publication {
    std::shared_ptr<Snapshot const> snapshot;
    bool changed = false;
};

inline Names names_in(std::vector<specs::PreviewEnvironment> const& environments) {
    Names names;
    for (auto const& environment : environments) names.insert(environment.key.name);
    return names;
}

inline Names names_in(std::vector<specs::Key> const& keys) {
    Names names;
    for (auto const& key : keys) names.insert(key.name);
    return names;
}

/// A source that runs until the end of the test, and everything it published.
class RunningSource {
public:
    explicit RunningSource(DirectoryOptions options, FileSystem& files = FileSystem::system())
        : source_(clock_, Log::none(), std::move(options), files) {
        auto const publish = [this](std::shared_ptr<Snapshot const> snapshot, bool changed) {
            if (snapshot->complete) {
                auto known = names_in(snapshot->environments);
                known.merge(names_in(snapshot->broken));
                for (auto const& name : protected_) {
                    if (!known.contains(name)) ADD_FAILURE() << "a complete snapshot has lost " << name;
                }
            }
            publications_.push_back({std::move(snapshot), changed});
        };
        boost::asio::co_spawn(context_, source_.run(publish),
                              boost::asio::bind_cancellation_slot(stop_.slot(), [this](std::exception_ptr const& error) {
                                  ended_ = true;
                                  EXPECT_FALSE(error) << "the source ended with an exception";
                              }));
    }
    ~RunningSource() {
        stop_.emit(boost::asio::cancellation_type::terminal);
        EXPECT_TRUE(until([this] { return ended_; })) << "the source did not stop";
    }
    RunningSource(RunningSource const&) = delete;
    RunningSource& operator=(RunningSource const&) = delete;

    /// Lets the source run until `done`, or false after `limit`.
    [[nodiscard]] bool until(std::function<bool()> const& done, milliseconds limit = milliseconds(10'000)) {
        auto const end = std::chrono::steady_clock::now() + limit;
        while (!done()) {
            auto const now = std::chrono::steady_clock::now();
            if (now >= end) return false;
            context_.restart();
            context_.run_one_until(std::min<std::chrono::steady_clock::time_point>(end, now + milliseconds(20)));
        }
        return true;
    }
    /// Waits for a complete snapshot with exactly these environments.
    [[nodiscard]] bool shows(Names const& names) {
        return until([&] { return !publications_.empty() && last().complete && names_in(last().environments) == names; });
    }
    /// Waits until `count` further looks have come to some end.
    [[nodiscard]] bool looks(std::uint64_t count) {
        for (auto const goal = ended_looks() + count; ended_looks() < goal;) {
            source_.poke();
            auto const before = ended_looks();
            if (!until([&] { return ended_looks() > before; })) return false;
        }
        return true;
    }
    /// From now on no complete snapshot may be without these.
    void protect(Names names) { protected_ = std::move(names); }

    [[nodiscard]] Snapshot const& last() const { return *publications_.back().snapshot; }
    [[nodiscard]] std::vector<Publication> const& publications() const { return publications_; }
    [[nodiscard]] SourceStatus const& status() const { return source_.status(); }
    [[nodiscard]] DirectorySource& source() { return source_; }

private:
    [[nodiscard]] std::uint64_t ended_looks() const {
        auto const& status = source_.status();
        return status.published + status.unchanged + status.rejected + status.errors;
    }

    SystemClock clock_;
    DirectorySource source_;
    std::vector<Publication> publications_;
    Names protected_;
    bool ended_ = false;
    boost::asio::cancellation_signal stop_;
    boost::asio::io_context context_{1};
};

/// The real file system, with moments to interfere and errors to put in place of answers.
class OddFiles final : public FileSystem {
public:
    std::function<void(std::string const& path)> before_open_file = [](auto const&) {};
    std::function<std::optional<int>(std::string const& path)> fail_file = [](auto const&) { return std::nullopt; };
    std::function<std::optional<int>(std::string const& path)> fail_directory = [](auto const&) { return std::nullopt; };
    std::function<FileInfo(FileInfo)> change_info = [](FileInfo info) { return info; };
    bool local = true;
    std::uint64_t lists = 0;
    std::uint64_t file_opens = 0;

    SystemResult<Descriptor> open_directory(int directory, std::string const& path) override {
        if (auto const error = fail_directory(path)) return std::unexpected(*error);
        return FileSystem::open_directory(directory, path);
    }
    SystemResult<Descriptor> open_file(int directory, std::string const& path) override {
        before_open_file(path);
        ++file_opens;
        if (auto const error = fail_file(path)) return std::unexpected(*error);
        return FileSystem::open_file(directory, path);
    }
    SystemResult<FileInfo> info(int directory, std::string const& path) override {
        auto info = FileSystem::info(directory, path);
        if (info) info = change_info(*info);
        return info;
    }
    SystemResult<FileInfo> info_of(int descriptor) override {
        auto info = FileSystem::info_of(descriptor);
        if (info) info = change_info(*info);
        return info;
    }
    SystemResult<std::vector<std::string>> list(int descriptor) override {
        ++lists;
        return FileSystem::list(descriptor);
    }
    bool hears_changes(int descriptor) override { return local && FileSystem::hears_changes(descriptor); }
};

}  // namespace dayfly::source::test
