// The one thread of the program besides the main one, and the one lock: see the class comment for the reason.
#include "controller/http/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dayfly::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::chrono::seconds answer_serves_for{10};

using Timer = std::shared_ptr<asio::steady_timer>;

Result<Endpoints> ask_system(std::string const& host, std::string const& port) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (auto const code = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found); code != 0) {
        return failure(ErrorKind::Unavailable, fmt::format("resolve {}: {}", host, ::gai_strerror(code)));
    }
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const owner(found, &::freeaddrinfo);
    Endpoints endpoints;
    for (auto const* entry = found; entry != nullptr; entry = entry->ai_next) {
        tcp::endpoint endpoint;
        if (entry->ai_addrlen > endpoint.capacity()) continue;
        endpoint.resize(entry->ai_addrlen);
        std::copy_n(reinterpret_cast<char const*>(entry->ai_addr), entry->ai_addrlen, reinterpret_cast<char*>(endpoint.data()));
        endpoints.push_back(endpoint);
    }
    if (endpoints.empty()) return failure(ErrorKind::Unavailable, fmt::format("resolve {}: no address", host));
    return endpoints;
}

std::optional<Endpoints> without_resolver(Origin const& origin) {
    auto const port = static_cast<std::uint16_t>(std::stoul(origin.port));
    if (origin.host == "localhost") {
        return Endpoints{{asio::ip::address_v4::loopback(), port}, {asio::ip::address_v6::loopback(), port}};
    }
    boost::system::error_code error;
    auto const address = asio::ip::make_address(origin.host, error);
    if (error) return std::nullopt;
    return Endpoints{{address, port}};
}

}  // namespace

/// Shared by the thread and everybody who waits for it; whoever is last frees it.
struct Resolver::Lookup {
    std::mutex mutex;
    std::optional<Result<Endpoints>> answer;
    std::vector<Timer> waiting;

    void finish(Result<Endpoints> result) {
        std::lock_guard const lock(mutex);
        answer = std::move(result);
        // Under the lock: a waiter that leaves takes its timer out first, so the event loop behind each of these still lives.
        for (auto const& timer : waiting) asio::post(timer->get_executor(), [timer] { timer->cancel(); });
        waiting.clear();
    }

    /// Keeps a timer in `waiting` for as long as its coroutine is there.
    class Place {
    public:
        Place(std::shared_ptr<Lookup> lookup, Timer timer) : lookup_(std::move(lookup)), timer_(std::move(timer)) {
            std::lock_guard const lock(lookup_->mutex);
            if (!lookup_->answer) lookup_->waiting.push_back(timer_);
        }
        ~Place() {
            std::lock_guard const lock(lookup_->mutex);
            std::erase(lookup_->waiting, timer_);
        }
        Place(Place const&) = delete;
        Place& operator=(Place const&) = delete;

        [[nodiscard]] std::optional<Result<Endpoints>> answer() const {
            std::lock_guard const lock(lookup_->mutex);
            return lookup_->answer;
        }

    private:
        std::shared_ptr<Lookup> lookup_;
        Timer timer_;
    };
};

Resolver::Resolver(Clock& clock, Origin origin) : clock_(clock), origin_(std::move(origin)) {}
Resolver::~Resolver() = default;

Task<Result<Endpoints>> Resolver::resolve() {
    if (auto endpoints = without_resolver(origin_)) co_return std::move(*endpoints);
    if (!known_.empty() && clock_.now() < known_until_) co_return known_;
    if (!lookup_) {
        auto const lookup = std::make_shared<Lookup>();
        try {
            std::thread([lookup, host = origin_.host, port = origin_.port] {
                lookup->finish(ask_system(host, port));
            }).detach();
        } catch (std::system_error const& error) {
            co_return failure(ErrorKind::Unavailable, fmt::format("resolve {}: no thread: {}", origin_.host, error.what()));
        }
        lookup_ = lookup;
    }
    auto const lookup = lookup_;
    auto const timer =
        std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    Lookup::Place const place(lookup, timer);
    if (!place.answer()) co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    auto answer = place.answer();
    if (!answer) co_return failure(ErrorKind::Unavailable, fmt::format("resolve {}: given up", origin_.host));
    if (lookup_ == lookup) lookup_.reset();
    if (*answer) {
        known_ = **answer;
        known_until_ = clock_.now() + answer_serves_for;
    }
    co_return std::move(*answer);
}

}  // namespace dayfly::http
