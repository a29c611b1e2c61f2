// The pool, and how it hears of the end of its event loop.
#include "controller/http/idle_pool.h"

#include <set>
#include <utility>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>

namespace dayfly::http {

namespace asio = boost::asio;

/// The event loop's list of the pools that hold sockets of it; Asio calls shutdown() when the loop is destroyed.
class IdlePool::Loop final : public asio::execution_context::service {
public:
    using key_type = Loop;
    inline static asio::execution_context::id id;

    explicit Loop(asio::execution_context& context) : asio::execution_context::service(context) {}

    void enter(IdlePool& pool) { pools_.insert(&pool); }
    void leave(IdlePool& pool) { pools_.erase(&pool); }

private:
    void shutdown() override {
        for (auto* const pool : std::exchange(pools_, {})) {
            pool->clear();
            pool->loop_ = nullptr;
        }
    }

    std::set<IdlePool*> pools_;
};

IdlePool::~IdlePool() {
    if (loop_ != nullptr) loop_->leave(*this);
}

std::unique_ptr<Connection> IdlePool::take(Instant now) {
    while (!idle_.empty() && now - idle_.front().since >= limits_.idle_time) idle_.pop_front();
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back().connection);
        idle_.pop_back();
        if (connection->still_idle()) return connection;
    }
    return nullptr;
}

void IdlePool::put(std::unique_ptr<Connection> connection, asio::any_io_executor const& executor, Instant now) {
    if (loop_ == nullptr) {
        loop_ = &asio::use_service<Loop>(asio::query(executor, asio::execution::context));
        loop_->enter(*this);
    }
    idle_.push_back({.connection = std::move(connection), .since = now});
    while (idle_.size() > limits_.connections) idle_.pop_front();
}

}  // namespace dayfly::http
