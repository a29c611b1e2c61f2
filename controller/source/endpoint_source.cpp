// The loop: ask, take the answer apart, build a snapshot, publish it; or keep what was and say why.
#include "controller/source/endpoint_source.h"

#include <fmt/format.h>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

#include "controller/base/digest.h"
#include "controller/http/retry_after.h"
#include "controller/source/endpoint_answer.h"
#include "controller/source/endpoint_snapshot.h"

namespace dayfly::source {
namespace {

namespace asio = boost::asio;

/// The event loop turns after so many pieces: reading one takes about 0.1 ms.
constexpr std::size_t pieces_per_turn = 32;

Task<bool> is_cancelled() {
    co_return (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
}

http::Url url_of(EndpointOptions const& options) { return http::parse_url(options.url).value_or(http::Url{}); }

std::string name_of(http::Url const& url) {
    auto const path = http::path_of(url.target);
    auto const plain = fmt::format("{}{}", url.origin.text(), path);
    return path.size() == url.target.size() ? plain
                                            : fmt::format("{}?{}", plain, short_hash(url.target.substr(path.size()), 8));
}

}  // namespace

bool is_endpoint(std::string const& source) { return source.find("://") != std::string::npos; }

Result<void> EndpointOptions::check() const {
    auto const parsed = http::parse_url(url);
    if (!parsed) return std::unexpected(parsed.error());
    if (!parsed->origin.tls && !http::is_loopback(parsed->origin.host)) {
        return failure(ErrorKind::InvalidInput, "url: http:// is for this machine only", "Use https://.");
    }
    if (interval < seconds(1)) return failure(ErrorKind::InvalidInput, "interval: must be at least 1s");
    if (fetch.time_limit < milliseconds(1)) return failure(ErrorKind::InvalidInput, "fetch.time_limit: must be positive");
    if (fetch.max_body == 0) return failure(ErrorKind::InvalidInput, "fetch.max_body: must be positive");
    return {};
}

EndpointSource::EndpointSource(Clock& clock, Random& random, Log& log, EndpointOptions options)
    : clock_(clock),
      log_(log),
      options_(std::move(options)),
      fetch_(clock, url_of(options_), options_.fetch),
      pace_(random, options_.interval) {
    status_.source = name_of(url_of(options_));
    // Nobody hints at changes: they are found by asking.
    status_.polling = true;
}

Task<Result<std::shared_ptr<Snapshot const>>> EndpointSource::read_once() {
    EndpointFetch once(clock_, url_of(options_), options_.fetch);
    auto const fetched = co_await once.fetch();
    if (!fetched) co_return failure(fetched.error(), name());
    auto snapshot = co_await build(fetched->response);
    if (!snapshot) co_return failure(snapshot.error(), name());
    co_return std::make_shared<Snapshot const>(std::move(*snapshot));
}

Task<void> EndpointSource::run(Publish publish) {
    // Checked by hand, so that the end is a return and not an exception.
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!co_await is_cancelled()) {
        if (clock_.now() >= pace_.due()) {
            co_await ask(publish);
        } else {
            co_await poked_.wait_until(clock_, pace_.due());
        }
    }
}

void EndpointSource::poke() {
    pace_.hurry(clock_.now());
    poked_.notify();
}

Task<Result<Snapshot>> EndpointSource::build(http::Response const& response) const {
    auto answer = read_answer(response, name());
    if (!answer) co_return std::unexpected(answer.error());
    EndpointSnapshot building(name(), options_.load);
    std::size_t added = 0;
    for (auto const& piece : answer->pieces) {
        building.add(piece);
        if (++added % pieces_per_turn == 0) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    }
    auto snapshot = building.finish(*answer);
    if (!snapshot) co_return std::unexpected(snapshot.error());
    snapshot->read_at = clock_.wall();
    if (auto const* const etag = response.headers.find("ETag"); etag != nullptr && snapshot->revision.empty()) {
        snapshot->revision = *etag;
    }
    co_return snapshot;
}

Task<void> EndpointSource::ask(Publish const& publish) {
    auto const fetched = co_await fetch_.fetch();
    if (co_await is_cancelled()) co_return;
    if (!fetched) {
        went_wrong(fetched.error(), publish);
        co_return;
    }
    if (fetched->unchanged) {
        auto same = *read_;
        same.read_at = clock_.wall();
        deliver(std::move(same), publish);
    } else {
        auto snapshot = co_await build(fetched->response);
        if (co_await is_cancelled()) co_return;
        if (!snapshot) {
            went_wrong(snapshot.error(), publish);
            co_return;
        }
        fetch_.keep(fetched->response);
        deliver(std::move(*snapshot), publish);
    }
    pace_.answered(clock_.now(), http::retry_after(fetched->response.headers, clock_.wall()));
}

void EndpointSource::deliver(Snapshot snapshot, Publish const& publish) {
    if (!status_.problem.empty()) log_.info("source can be read again", {{"source", name()}});
    was_complete_ = was_complete_ || snapshot.complete;
    // The word was lost on the way, as in a proxy that drops headers.
    if (was_complete_ && snapshot.upsert_only) {
        snapshot.upsert_only = false;
        snapshot.notes.push_back({.location = {.file = name()},
                                  .message = "the answer no longer says that it is complete; nothing is taken for gone"});
    }
    status_.up = true;
    status_.problem.clear();
    status_.last_success = snapshot.read_at;
    auto const next = std::make_shared<Snapshot const>(std::move(snapshot));
    read_ = next;
    auto const before = std::exchange(told_, next);
    bool const changed = is_news(before.get(), *next);
    ++(changed ? status_.published : status_.unchanged);
    if (changed) {
        status_.last_change = next->read_at;
        log_.info("source changed", {{"source", name()},
                                     {"revision", next->revision},
                                     {"environments", std::to_string(next->environments.size())},
                                     {"broken", std::to_string(next->broken.size())},
                                     {"problems", std::to_string(next->problems.size())},
                                     {"complete", next->complete ? "true" : "false"}});
    }
    publish(next, changed);
}

void EndpointSource::went_wrong(Error const& error, Publish const& publish) {
    if (status_.problem != error.message) log_.warn("source cannot be read", {{"source", name()}, {"reason", error.message}});
    status_.up = false;
    status_.problem = error.message;
    ++status_.errors;
    pace_.failed(clock_.now(), error.retry_after);
    if (!read_) return;
    auto const before = told_;
    if (before->unreadable != error.message) told_ = while_unreadable(*read_, error.message);
    publish(told_, is_news(before.get(), *told_));
}

}  // namespace dayfly::source
