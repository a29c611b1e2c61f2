// The work queue against a model that is too simple to be wrong, and the promises a dispatcher relies on.
#include "controller/reconcile/work_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "controller/base/random.h"

namespace dayfly::reconcile {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1h};

TEST(WorkQueue, HandsOutInOrderOfArrivalWithinAPriority) {
    WorkQueue queue;
    for (auto const* const key : {"c", "a", "b"}) queue.add(key, Priority::Normal, start, start);
    EXPECT_EQ(queue.pop(start), "c");
    EXPECT_EQ(queue.pop(start), "a");
    EXPECT_EQ(queue.pop(start), "b");
    EXPECT_EQ(queue.pop(start), std::nullopt);
}

TEST(WorkQueue, TakesTheMoreUrgentFirst) {
    WorkQueue queue;
    queue.add("resync", Priority::Resync, start, start);
    queue.add("normal", Priority::Normal, start, start);
    queue.add("asked", Priority::Asked, start, start);
    EXPECT_EQ(queue.pop(start), "asked");
    EXPECT_EQ(queue.pop(start), "normal");
    EXPECT_EQ(queue.pop(start), "resync");
}

TEST(WorkQueue, MergesToTheMoreUrgentPriorityAndTheEarlierMoment) {
    WorkQueue queue;
    queue.add("a", Priority::Normal, start + 10s, start);
    queue.add("a", Priority::Resync, start + 5s, start);
    queue.add("a", Priority::Asked, start + 20s, start);
    EXPECT_EQ(queue.waiting(), 1u);
    EXPECT_EQ(queue.next_ready(), start + 5s);
    EXPECT_EQ(queue.pop(start + 4s), std::nullopt);
    EXPECT_EQ(queue.depth(Priority::Asked, start + 5s), 1u);
    EXPECT_EQ(queue.pop(start + 5s), "a");
    EXPECT_EQ(queue.waiting(), 0u);
}

TEST(WorkQueue, KeepsAWakeUpThatComesDuringTheWorkUntilItIsDone) {
    WorkQueue queue;
    queue.add("a", Priority::Normal, start, start);
    ASSERT_EQ(queue.pop(start), "a");
    queue.add("a", Priority::Normal, start, start);
    EXPECT_EQ(queue.pop(start), std::nullopt) << "one run per key at a time";
    EXPECT_EQ(queue.next_ready(), std::nullopt) << "nothing to wake up for before done()";
    queue.done("a");
    EXPECT_EQ(queue.pop(start), "a");
}

TEST(WorkQueue, ForgetsWhatWaitsButNotWhatRuns) {
    WorkQueue queue;
    queue.add("a", Priority::Normal, start, start);
    queue.add("b", Priority::Normal, start + 1s, start);
    ASSERT_EQ(queue.pop(start), "a");
    queue.add("a", Priority::Normal, start, start);
    queue.forget("a");
    queue.forget("b");
    queue.forget("never there");
    EXPECT_EQ(queue.waiting(), 0u);
    EXPECT_EQ(queue.working(), 1u);
    EXPECT_EQ(queue.oldest_work(), start);
    queue.done("a");
    EXPECT_EQ(queue.pop(start + 1h), std::nullopt);
    EXPECT_EQ(queue.oldest_work(), std::nullopt);
}

TEST(WorkQueue, LetsNothingStarveUnderAFloodOfUrgentWork) {
    WorkQueue queue(8);
    queue.add("patient", Priority::Resync, start, start);
    int pops = 0;
    for (int i = 0;; ++i) {
        queue.add("urgent-" + std::to_string(i), Priority::Asked, start, start);
        queue.add("urgent-" + std::to_string(i) + "b", Priority::Asked, start, start);
        auto const key = queue.pop(start);
        ++pops;
        ASSERT_TRUE(key);
        queue.done(*key);
        if (*key == "patient") break;
        ASSERT_LT(pops, 1000);
    }
    EXPECT_LE(pops, 8);
}

/// A list that is searched from end to end.
struct Model {
    struct Entry {
        Priority priority;
        Instant ready_at;
        std::uint64_t order;
    };
    std::map<std::string, Entry> waiting;
    std::map<std::string, Instant> working;
    std::uint64_t order = 0;
    unsigned pops = 0;
    unsigned aging = 8;

    void add(std::string const& key, Priority priority, Instant ready_at) {
        auto const [place, is_new] = waiting.try_emplace(key, Entry{priority, ready_at, order + 1});
        if (is_new) {
            ++order;
            return;
        }
        if (priority < place->second.priority) place->second = {priority, place->second.ready_at, ++order};
        place->second.ready_at = std::min(place->second.ready_at, ready_at);
    }
    std::optional<std::string> pop(Instant now) {
        std::optional<std::string> urgent;
        std::optional<std::string> oldest;
        for (auto const& [key, entry] : waiting) {
            if (working.contains(key) || entry.ready_at > now) continue;
            auto const rank = [&](std::string const& other) {
                return std::pair(waiting.at(other).priority, waiting.at(other).order);
            };
            if (!urgent || rank(key) < rank(*urgent)) urgent = key;
            if (!oldest || entry.order < waiting.at(*oldest).order) oldest = key;
        }
        if (!urgent) return std::nullopt;
        auto const chosen = ++pops % aging == 0 ? *oldest : *urgent;
        waiting.erase(chosen);
        working[chosen] = now;
        return chosen;
    }
};

TEST(WorkQueue, DoesWhatTheModelDoesForRandomWork) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        WorkQueue queue(8);
        Model model;
        Instant now = start;
        for (int step = 0; step < 2'000; ++step) {
            auto const key = std::string(1, static_cast<char>('a' + random.below(12)));
            switch (random.below(6)) {
                case 0:
                case 1: {
                    auto const priority = static_cast<Priority>(random.below(priority_count));
                    auto const ready_at = now + milliseconds(random.below(3) == 0 ? random.below(5'000) : 0);
                    queue.add(key, priority, ready_at, now);
                    model.add(key, priority, ready_at);
                    break;
                }
                case 2:
                case 3: ASSERT_EQ(queue.pop(now), model.pop(now)); break;
                case 4:
                    if (!model.working.empty()) {
                        auto const busy =
                            std::next(model.working.begin(), static_cast<std::ptrdiff_t>(random.below(model.working.size())))
                                ->first;
                        queue.done(busy);
                        model.working.erase(busy);
                    } else if (random.below(4) == 0) {
                        queue.forget(key);
                        model.waiting.erase(key);
                    }
                    break;
                default: now += milliseconds(random.below(1'000)); break;
            }
            ASSERT_EQ(queue.waiting(), model.waiting.size());
            ASSERT_EQ(queue.working(), model.working.size());
        }
        // Nothing that was added is lost: with everything done and all delays over, the queue gives out all that waits.
        for (auto const& [busy, since] : model.working) queue.done(busy);
        auto left = model.waiting.size();
        while (auto const key = queue.pop(now + 1h)) {
            ASSERT_EQ(model.waiting.count(*key), 1u);
            --left;
        }
        ASSERT_EQ(left, 0u);
    }
}

TEST(WorkQueue, AddsUpTheTimeOfAllThatIsBeingWorkedOn) {
    WorkQueue queue;
    EXPECT_EQ(queue.work_so_far(start), 0s);
    queue.add("a", Priority::Asked, start, start);
    queue.add("b", Priority::Asked, start + 10s, start);
    queue.pop(start);
    queue.pop(start + 10s);
    EXPECT_EQ(queue.work_so_far(start + 15s), 20s);
    queue.done("a");
    EXPECT_EQ(queue.work_so_far(start + 15s), 5s);
}

}  // namespace
}  // namespace dayfly::reconcile
