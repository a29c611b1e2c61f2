// The proxy in front of the machines, as Fly has one: http://<app>.localhost:PORT/ reaches the app's machine, which is started
// when it sleeps. Where it cannot, a page says why.
#pragma once

#include <cstdint>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/task_group.h"
#include "controller/fly_local/local_machines.h"
#include "controller/fly_local/request_head.h"
#include "controller/fly_sim/cloud.h"
#include "controller/fly_sim/cloud_time.h"
#include "controller/http/listener.h"

namespace dayfly::fly_local {

struct PreviewProxyOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8081;         ///< 0: any free one
    milliseconds wait_limit{30'000};   ///< for a machine to start and listen, while the request waits
    milliseconds head_limit{10'000};   ///< for a client to send its request's head
    milliseconds idle_limit{300'000};  ///< without a byte in either direction
    std::size_t max_connections = 512;
};

class PreviewProxy {
public:
    PreviewProxy(boost::asio::any_io_executor executor, Clock& clock, Log& log, fly_sim::Cloud& cloud,
                 fly_sim::CloudTime const& time, LocalMachines const& machines, PreviewProxyOptions options);

    /// Binds and listens; Unavailable when that fails.
    Result<void> listen();
    /// "http://shop.localhost:8081/"; after listen().
    [[nodiscard]] std::string url_of(std::string const& app) const;
    /// Serves until cancelled; ends all connections then.
    Task<void> run();

private:
    struct Page;
    struct Chosen;
    struct Connection;

    Task<void> accept();
    Task<void> serve(boost::asio::ip::tcp::socket socket);
    Task<void> answer(Connection& connection);
    Task<std::expected<Chosen, Page>> choose(std::string app);
    Task<void> forward(Connection& connection, RequestHead const& head, std::string const& app, Chosen chosen);
    Task<void> send_page(Connection& connection, Page page);

    Clock& clock_;
    Log& log_;
    fly_sim::Cloud& cloud_;
    fly_sim::CloudTime const& time_;
    LocalMachines const& machines_;
    PreviewProxyOptions options_;
    http::Listener listener_;
    std::size_t turn_ = 0;
    TaskGroup connections_;
};

}  // namespace dayfly::fly_local
