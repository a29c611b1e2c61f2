#include "controller/fly_local/local_fly.h"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace dayfly::fly_local {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

/// Requests change what is due next, so the nap between two looks is short.
constexpr milliseconds longest_nap{50};

std::string search_path() {
    auto const* const path = std::getenv("PATH");
    return path != nullptr && *path != '\0' ? path : "/usr/local/bin:/usr/bin:/bin";
}

Result<Isolation> choose_isolation(bool allow_plain, bool use_bubblewrap) {
    auto const works = use_bubblewrap ? try_bubblewrap(search_path())
                                      : Result<void>(failure(ErrorKind::Unavailable, "bubblewrap is not to be used"));
    if (works) return Isolation::Bubblewrap;
    if (allow_plain) return Isolation::Plain;
    return failure(ErrorKind::Unavailable, works.error().message + ", so machines are not run",
                   "Install the package bubblewrap, or give --plain-machines to run them without isolation.");
}

}  // namespace

LocalFly::LocalFly(asio::any_io_executor executor, Clock& clock, Log& log, fly_sim::Cloud& cloud,
                   fly_sim::CloudTime const& time, LocalFlyOptions options)
    : executor_(std::move(executor)), clock_(clock), log_(log), cloud_(cloud), time_(time), options_(std::move(options)) {}

LocalFly::~LocalFly() {
    cloud_.detach();
    proxy_.reset();
    machines_.reset();
    if (!temporary_) return;
    std::error_code error;
    fs::remove_all(options_.directory, error);
}

Result<void> LocalFly::make_directory() {
    std::error_code error;
    temporary_ = options_.directory.empty();
    if (temporary_) {
        auto name = (fs::temp_directory_path(error) / "dayfly-machines-XXXXXX").string();
        if (error || ::mkdtemp(name.data()) == nullptr) return failure(ErrorKind::Unavailable, name + ": it cannot be made");
        options_.directory = name;
    } else {
        fs::create_directories(options_.directory, error);
        if (error) return failure(ErrorKind::Unavailable, options_.directory + ": " + error.message());
        options_.directory = fs::absolute(options_.directory, error).string();
    }
    return {};
}

Result<void> LocalFly::open() {
    isolation_ = choose_isolation(options_.allow_plain, options_.use_bubblewrap);
    if (isolation_) {
        if (auto made = make_directory(); !made) return made;
    } else {
        // Where no machine can run nothing is written, so a read-only file system will do.
        log_.warn(isolation_.error().message, {{"hint", isolation_.error().hint}});
    }
    machines_ = std::make_unique<LocalMachines>(
        executor_, clock_, log_,
        LocalMachinesOptions{
            .directory = options_.directory, .runs = options_.runs, .isolation = isolation_, .path = search_path()},
        LocalMachines::Reports{
            .exited = [this](std::string const& machine,
                             fly_sim::Exit const& exit) { cloud_.process_exited(machine, exit, time_.now()); },
            .said = [this](std::string const& machine,
                           std::string line) { cloud_.add_log(machine, std::move(line), time_.now()); },
            .checked = [this](std::string const& machine, bool passing,
                              std::string output) { cloud_.checks_seen(machine, passing, std::move(output), time_.now()); }});
    proxy_ = std::make_unique<PreviewProxy>(executor_, clock_, log_, cloud_, time_, *machines_, options_.proxy);
    if (auto listening = proxy_->listen(); !listening) return listening;
    cloud_.attach(*machines_, time_.now());
    return {};
}

std::string LocalFly::url_of(std::string const& app) const {
    auto const backends = cloud_.backends(app);
    return backends && std::ranges::any_of(*backends, &fly_sim::Backend::is_run) ? url_for(app) : "";
}

std::string LocalFly::isolation() const {
    if (!isolation_) return "none: " + isolation_.error().message;
    return *isolation_ == Isolation::Bubblewrap ? "bubblewrap" : "plain processes";
}

Task<void> LocalFly::keep_time() {
    while ((co_await asio::this_coro::cancellation_state).cancelled() == asio::cancellation_type::none) {
        cloud_.advance(time_.now());
        auto const next = cloud_.next_event();
        auto const nap = next ? std::clamp<Instant::duration>(*next - time_.now(), milliseconds(1), longest_nap) : longest_nap;
        co_await clock_.sleep_for(nap);
    }
}

Task<void> LocalFly::run() {
    using namespace asio::experimental::awaitable_operators;
    bool const before = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await (keep_time() && proxy_->run());
    cloud_.detach();
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await machines_->end_all();
    co_await asio::this_coro::throw_if_cancelled(before);
}

}  // namespace dayfly::fly_local
