#include "controller/fly_local/machine_root.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>

#include "controller/base/digest.h"

namespace dayfly::fly_local {

namespace fs = std::filesystem;
using fly_sim::Json;

namespace {

constexpr int usual_mode = 0644;

/// Below `base`, whatever the path says: "/a/../../b" is "b".
fs::path below(fs::path const& base, std::string_view guest) {
    return base / fs::path("/" + std::string(guest)).lexically_normal().relative_path();
}

bool is_within(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::unexpected<Error> unusable(fs::path const& path, std::string const& why) {
    return failure(ErrorKind::Unavailable, path.string() + ": " + why);
}

Result<std::string> content_of(Json const& file, fly_sim::Launch const& launch) {
    auto const path = file.value("guest_path", "");
    auto encoded = file.value("raw_value", "");
    if (auto const secret = file.value("secret_name", ""); !secret.empty()) {
        auto const found = launch.secrets.find(secret);
        if (found == launch.secrets.end()) return failure(ErrorKind::InvalidInput, path + ": there is no secret " + secret);
        encoded = found->second;
    }
    auto content = decode_base64(encoded);
    if (!content) return failure(ErrorKind::InvalidInput, path + ": its content is not base 64");
    return std::move(*content);
}

/// A link in the way is not followed: on a volume it may be one that the program has made.
Result<void> write_file(fs::path const& path, std::string const& content, int mode) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return unusable(path.parent_path(), error.message());
    fs::remove(path, error);
    int const file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) return unusable(path, std::strerror(errno));
    bool good = ::fchmod(file, static_cast<mode_t>(mode)) == 0;
    for (std::size_t done = 0; good && done < content.size();) {
        auto const wrote = ::write(file, content.data() + done, content.size() - done);
        good = wrote > 0;
        if (good) done += static_cast<std::size_t>(wrote);
    }
    ::close(file);
    if (!good) return unusable(path, "it cannot be written");
    return {};
}

/// The folder of a file on a volume may be a link that leads out of it.
bool stays_inside(fs::path const& path, fs::path const& base) {
    std::error_code error;
    auto const real = fs::weakly_canonical(path.parent_path(), error);
    auto const real_base = fs::weakly_canonical(base, error);
    return !error && is_within(real.string(), real_base.string());
}

}  // namespace

fs::path MachineRoot::place_of(std::string const& guest) const {
    auto const normal = fs::path("/" + guest).lexically_normal().string();
    auto const path = normal.starts_with("//") ? normal.substr(1) : normal;
    if (!mount_path.empty() && is_within(path, mount_path)) return below(volume, path.substr(mount_path.size()));
    return below(root, path);
}

std::string MachineRoot::mapped(std::string const& text) const {
    auto const within = [&](std::string const& guest) { return is_within(text, guest); };
    return std::ranges::any_of(guests, within) ? place_of(text).string() : text;
}

MachineRoot root_for(fs::path const& directory, fly_sim::Launch const& launch) {
    MachineRoot root{.root = directory / "machines" / launch.machine / "root", .volume = {}, .mount_path = {}, .guests = {}};
    std::set<std::string> guests{"/workspace", "/dayfly"};
    auto const mounts = launch.config->find("mounts");
    if (!launch.volume.empty() && mounts != launch.config->end() && !mounts->empty()) {
        root.volume = directory / "volumes" / launch.volume;
        root.mount_path = mounts->front().value("path", "");
        while (root.mount_path.ends_with('/')) root.mount_path.pop_back();
        guests.insert(root.mount_path);
    }
    guests.erase("");
    root.guests.assign(guests.rbegin(), guests.rend());
    std::ranges::sort(root.guests, std::ranges::greater(), &std::string::size);
    return root;
}

Result<void> prepare(MachineRoot const& root, fly_sim::Launch const& launch) {
    std::error_code error;
    fs::remove_all(root.root, error);
    if (error) return unusable(root.root, error.message());
    for (auto const* const folder : {"tmp", "root", "run", "var/tmp", "dayfly"}) {
        fs::create_directories(root.root / folder, error);
        if (error) return unusable(root.root / folder, error.message());
    }
    for (std::string const folder : system_folders) {
        if (fs::is_symlink(folder, error)) fs::create_symlink(fs::read_symlink(folder, error), below(root.root, folder), error);
    }
    if (!root.volume.empty()) fs::create_directories(root.volume, error);
    if (error) return unusable(root.volume, error.message());
    // A mount point has to be there before something is mounted on it.
    if (!root.mount_path.empty()) fs::create_directories(below(root.root, root.mount_path), error);
    if (error) return unusable(root.root, error.message());
    for (auto const& file : launch.config->value("files", Json::array())) {
        auto const content = content_of(file, launch);
        if (!content) return std::unexpected(content.error());
        auto const path = root.place_of(file.value("guest_path", ""));
        auto const& base = !root.volume.empty() && is_within(path.string(), root.volume.string()) ? root.volume : root.root;
        if (!stays_inside(path, base)) return unusable(path, "a link leads out of the machine's disk");
        auto const mode = file.value("mode", 0);
        if (auto written = write_file(path, *content, mode == 0 ? usual_mode : mode & 0777); !written) return written;
    }
    return {};
}

std::vector<std::string> program_of(Json const& config) {
    auto const init = config.find("init");
    if (init == config.end() || !init->contains("exec")) return {};
    return (*init)["exec"].get<std::vector<std::string>>();
}

bool runs_delivered_program(Json const& config) {
    auto const words = program_of(config);
    auto const files = config.value("files", Json::array());
    return std::ranges::any_of(
        files, [&](Json const& file) { return std::ranges::find(words, file.value("guest_path", "")) != words.end(); });
}

}  // namespace dayfly::fly_local
