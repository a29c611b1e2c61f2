// How much an organisation's apps are used, as Fly's own metrics tell: what decides that a preview may sleep or go.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "controller/base/result.h"
#include "controller/base/task.h"

namespace dayfly::fly {

/// A number per app. An app that is not in it has no series, which tells nothing about it: Fly makes a series with the first
/// request and may be late with it.
using NumberByApp = std::map<std::string, double>;

/// One call each for all apps of an organisation. Whatever is not a whole and well-formed answer is an Error.
class ActivityReader {
public:
    ActivityReader() = default;
    ActivityReader(ActivityReader const&) = delete;
    ActivityReader& operator=(ActivityReader const&) = delete;
    virtual ~ActivityReader() = default;

    /// Requests that Fly's edge answered within the last `window`. Fly keeps about 15 days.
    virtual Task<Result<NumberByApp>> requests(std::string organization, std::chrono::seconds window) = 0;
    /// The most requests and connections at the same time within the last `window`: an open websocket is one.
    virtual Task<Result<NumberByApp>> concurrency(std::string organization, std::chrono::seconds window) = 0;
    /// The most machines that were up at the same time within the last `window`. Fly records it of every machine that runs,
    /// asked or not: who has it is recorded, so that what else is missing did not happen.
    virtual Task<Result<NumberByApp>> machines_up(std::string organization, std::chrono::seconds window) = 0;
};

}  // namespace dayfly::fly
