// What is really at Fly: one cheap look at the whole organisation, a truthful look at one app, and the memory of our own
// writes, which bridges the lag of Fly's lists.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/result.h"
#include "controller/fleet/app_record.h"
#include "controller/fly/api.h"
#include "controller/fly/observed.h"

namespace dayfly::fleet {

struct FleetOptions {
    std::string organization;
    /// How long Fly's lists may trail our own writes. Fly: recent changes "may take time to propagate"; no number is given.
    std::chrono::seconds list_lag{60};
    /// Two truthful looks prove an absence when they are at least this far apart.
    std::chrono::seconds proof_gap{10};
    /// How long an app's own word on its machines holds before a deletion; longer: more time for somebody else's to slip in.
    std::chrono::seconds machines_fresh{10};
    int page_limit = 1000;
    int max_pages = 1000;  ///< a cursor that goes round in circles ends here
};

/// What one look at the organisation showed.
struct Refresh {
    std::set<std::string> changed_apps;
    std::vector<std::string> error_regions;  ///< their machines are not in the list; nothing is concluded about them
    bool nameless = false;                   ///< the list of apps carries no names: it tells of no app, there or not there
    std::size_t apps = 0;
    std::size_t machines = 0;
    std::size_t volumes = 0;
};

/// Single-threaded; remembers, never writes to Fly. The reader must outlive it.
class Fleet {
public:
    Fleet(fly::Reader& reader, Clock& clock, FleetOptions options);

    /// 1 + ceil(machines/1000) + ceil(volumes/1000) calls. A failure of any of them leaves everything as it was.
    Task<Result<Refresh>> refresh();
    /// True after the first whole refresh.
    [[nodiscard]] bool known() const { return refreshed_at_.has_value(); }
    [[nodiscard]] std::optional<Instant> refreshed_at() const { return refreshed_at_; }

    /// What is known of `app` without asking: Depth::Index.
    [[nodiscard]] fly::Observed observe(std::string const& app) const;
    /// Asks the app itself: Depth::Truth. At most five calls, one when it is not there, more for known things that the lists
    /// lack.
    Task<Result<fly::Observed>> look(std::string app, bool with_certificates);
    /// Asks the app for its machines and for nothing else; the rest of the picture stays the index's. One call, more for known
    /// machines that the answer lacks. When it has none, or is not there, this becomes a look().
    Task<Result<fly::Observed>> look_at_machines(std::string app);
    /// True when Fly answers that the app is not there; then it is forgotten. One call.
    Task<Result<bool>> confirm_gone(std::string app);
    /// True when Fly took our request to delete it, and two whole looks in a row, both begun after that, showed other apps
    /// and nothing of this one, which earlier ones had shown. Costs no call; false means only that this way does not tell.
    [[nodiscard]] bool is_seen_gone(std::string const& app) const;
    /// Addresses and secret names of all apps at once; returns the apps of which something new became known.
    Task<Result<std::set<std::string>>> audit();

    /// Every app that is listed or was made here, by name.
    [[nodiscard]] std::map<std::string, AppRecord> const& apps() const { return apps_; }

    /// True from our request to delete it until Fly says that it is gone.
    [[nodiscard]] bool is_deleting(std::string const& app) const { return deleting_since(app).has_value(); }
    [[nodiscard]] std::optional<Instant> deleting_since(std::string const& app) const;
    /// Created here less than a minute ago. Fly: such an app can still answer 404 or 401.
    [[nodiscard]] bool is_young(std::string const& app) const;

    /// Ids of the volumes that answers to this process's own creates named.
    [[nodiscard]] std::set<std::string> made_volumes(std::string const& app) const;

    /// Our own writes, told by who made them.
    void app_created(fly::App const& app, std::string const& environment);
    void app_deleting(std::string const& app);
    void app_gone(std::string const& app);
    /// Fly took the request and the app is still there long after: it counts as not being deleted.
    void app_stayed(std::string const& app);
    void machine_written(std::string const& app, fly::Machine const& machine);
    void machine_reached(std::string const& app, std::string const& id, std::string const& version, std::string const& state);
    void machine_removed(std::string const& app, std::string const& id);
    void metadata_set(std::string const& app, std::string const& id, std::string const& key, std::string const& value);
    /// A create of ours was answered with it.
    void volume_made(std::string const& app, fly::Volume const& volume);
    void volume_written(std::string const& app, fly::Volume const& volume);
    void volume_removed(std::string const& app, std::string const& id);
    void ip_assigned(std::string const& app, fly::Ip const& ip);
    void ip_released(std::string const& app, std::string const& address);
    void secrets_written(std::string const& app);
    void certificate_created(std::string const& app, fly::Certificate const& certificate);
    void certificate_removed(std::string const& app, std::string const& hostname);
    /// A create whose answer never came: absence needs proof again.
    void write_unanswered(std::string const& app);
    /// The environment converged: from now on a missing thing is a loss, not an unfinished creation.
    void settled(std::string const& app);

private:
    Task<Result<std::vector<fly::OrgMachine>>> all_machines(std::vector<std::string>& error_regions);
    Task<Result<std::vector<fly::Volume>>> all_volumes();
    Task<Result<void>> complete_machines(std::string app, std::vector<fly::Machine>& machines);
    Task<Result<void>> complete_volumes(std::string app, std::vector<fly::Machine> const& machines,
                                        std::vector<fly::Volume>& volumes);
    /// What the planner reads of `machines`, those aside that are gone or that we removed.
    [[nodiscard]] std::vector<fly::ObservedMachine> believed(std::string const& app,
                                                             std::vector<fly::Machine> const& machines) const;
    AppRecord& record(std::string const& app) { return apps_[app]; }
    /// Fly says that it is not there. One that we deleted is remembered as gone, because the lists may still show it.
    void forget(std::string const& app);
    /// Deleted by us, and gone by its own 404 so lately that a list which shows it is only late. An empty id is any.
    [[nodiscard]] bool is_past(std::string const& app, std::string const& id) const;

    fly::Reader& reader_;
    Clock& clock_;
    FleetOptions options_;
    struct Past {
        std::string id;
        Instant gone_at{};
    };

    std::map<std::string, AppRecord> apps_;
    std::map<std::string, Past> past_;  ///< by name; those within the lists' lag, and one look longer
    std::optional<Instant> refreshed_at_;
    bool nameless_ = false;  ///< the last list of apps carried no names
};

}  // namespace dayfly::fleet
