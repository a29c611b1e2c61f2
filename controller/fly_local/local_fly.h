// A simulated Fly whose machines are real on this computer: their processes, the proxy in front of them, and the passing of
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "controller/fly_local/preview_proxy.h"

namespace dayfly::fly_local {

struct LocalFlyOptions {
    Runs runs = Runs::LocalRepositories;
    bool allow_plain = false;    ///< plain processes where bubblewrap does not work
    bool use_bubblewrap = true;  ///< false: as if it did not work
    std::string directory = {};  ///< for roots and volumes, kept afterwards; empty: a temporary one, removed afterwards
    PreviewProxyOptions proxy = {};
};

/// All of it ends with the object. The cloud must outlive it.
class LocalFly {
public:
    LocalFly(boost::asio::any_io_executor executor, Clock& clock, Log& log, fly_sim::Cloud& cloud,
             fly_sim::CloudTime const& time, LocalFlyOptions options);
    ~LocalFly();
    LocalFly(LocalFly const&) = delete;
    LocalFly& operator=(LocalFly const&) = delete;

    /// Looks how machines can be kept apart, makes the folder, takes over the cloud's machines and listens.
    Result<void> open();
    /// "http://shop.localhost:8081/", or "" for an app none of whose machines is run here; after open().
    [[nodiscard]] std::string url_of(std::string const& app) const;
    /// The same for any name.
    [[nodiscard]] std::string url_for(std::string const& app) const { return proxy_->url_of(app); }
    /// How machines are kept apart, in words; after open().
    [[nodiscard]] std::string isolation() const;
    /// Until cancelled; then all machines are ended.
    Task<void> run();

private:
    Result<void> make_directory();
    Task<void> keep_time();

    boost::asio::any_io_executor executor_;
    Clock& clock_;
    Log& log_;
    fly_sim::Cloud& cloud_;
    fly_sim::CloudTime const& time_;
    LocalFlyOptions options_;
    bool temporary_ = false;
    Result<Isolation> isolation_ = Isolation::Bubblewrap;
    std::unique_ptr<LocalMachines> machines_;
    std::unique_ptr<PreviewProxy> proxy_;
};

}  // namespace dayfly::fly_local
