// Connections of a client that wait for their next request.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "controller/base/clock.h"
#include "controller/http/connection.h"

namespace dayfly::http {

/// Lives as long as its client, which may be longer than the event loop: the loop empties the pool before it ends, because a
/// socket must not outlive it.
class IdlePool {
public:
    struct Limits {
        std::size_t connections;      ///< more are closed, oldest first
        Instant::duration idle_time;  ///< older ones are closed
    };

    explicit IdlePool(Limits limits) : limits_(limits) {}
    ~IdlePool();
    IdlePool(IdlePool const&) = delete;
    IdlePool& operator=(IdlePool const&) = delete;

    /// The connection used last that is still good; nullptr when there is none.
    std::unique_ptr<Connection> take(Instant now);
    void put(std::unique_ptr<Connection> connection, boost::asio::any_io_executor const& executor, Instant now);
    void clear() { idle_.clear(); }

private:
    class Loop;
    struct Idle {
        std::unique_ptr<Connection> connection;
        Instant since;
    };

    Limits limits_;
    std::deque<Idle> idle_;
    Loop* loop_ = nullptr;
};

}  // namespace dayfly::http
