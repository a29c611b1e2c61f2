// The regular looks at Fly: the whole organisation every half minute, addresses and secret names more rarely.
#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "controller/fly/error_policy.h"
#include "controller/reconcile/backoff.h"
#include "controller/reconcile/conclude.h"
#include "controller/reconcile/controller.h"

namespace dayfly::reconcile {

Task<void> Controller::watch_fleet() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    unsigned failures = 0;
    bool told_failure = false;
    while (state.cancelled() == boost::asio::cancellation_type::none) {
        auto const began = clock_.now();
        bool const first = !fleet_.known();
        auto refresh = co_await fleet_.refresh();
        if (state.cancelled() != boost::asio::cancellation_type::none) break;
        Instant next = began + options_.resync;
        if (refresh) {
            failures = 0;
            fleet_problem_.clear();
            observer_.snapshot_taken(std::chrono::duration<double>(clock_.wall().time_since_epoch()).count());
            if (!refresh->error_regions.empty()) observer_.snapshot_incomplete("error_region");
            if (refresh->nameless) observer_.snapshot_incomplete("nameless");
            if (refresh->nameless && !std::exchange(nameless_told_, true))
                log_.warn("fleet", {{"error", "the list of apps carries no names"},
                                    {"hint", "Apps are asked for one by one; an app of ours without machines is not found."}});
            log_.debug("fleet", {{"apps", std::to_string(refresh->apps)},
                                 {"machines", std::to_string(refresh->machines)},
                                 {"volumes", std::to_string(refresh->volumes)},
                                 {"changed", std::to_string(refresh->changed_apps.size())}});
            if (told_failure) {
                for (auto& [key, environment] : environments_) conclude_look(environment, nullptr, clock_.wall());
            }
            told_failure = false;
            for (auto const& app : refresh->changed_apps) enqueue_app(app);
            if (first) wake_.notify();
            sweep();
        } else {
            ++failures;
            told_failure = true;
            for (auto& [key, environment] : environments_) conclude_look(environment, &refresh.error(), clock_.wall());
            fleet_problem_ = refresh.error().message;
            log_.warn("fleet", {{"error", refresh.error().message}, {"hint", std::string(fly::hint_for(refresh.error()))}});
            next = std::min(next, clock_.now() + retry_delay(refresh.error(), failures, random_));
        }
        ask_for_beat();
        wake_.notify();
        changed_.notify();
        co_await clock_.sleep_until(next);
    }
}

Task<void> Controller::watch_addresses() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    if (options_.audit.count() == 0) co_return;
    while (state.cancelled() == boost::asio::cancellation_type::none) {
        co_await clock_.sleep_for(options_.audit);
        if (state.cancelled() != boost::asio::cancellation_type::none) co_return;
        auto news = co_await fleet_.audit();
        if (!news) {
            log_.warn("audit", {{"error", news.error().message}});
            continue;
        }
        for (auto const& app : *news) enqueue_app(app);
    }
}

}  // namespace dayfly::reconcile
