// A Fly that shows exactly what a test puts into it: the truth, the lists that may say something else, and failures.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/fly/api.h"

namespace dayfly::fleet {

class FakeReader final : public fly::Reader {
public:
    std::vector<fly::App> apps;                 ///< what the organisation's list shows
    std::vector<fly::OrgMachine> org_machines;  ///< likewise
    std::vector<fly::Volume> org_volumes;       ///< likewise
    std::vector<std::string> error_regions;
    std::map<std::string, fly::App> true_apps;          ///< by name: what get_app answers
    std::vector<fly::Machine> listed_machines;          ///< what the app's own list shows
    std::map<std::string, fly::Machine> true_machines;  ///< by id
    std::vector<fly::Volume> listed_volumes;
    std::map<std::string, fly::Volume> true_volumes;
    std::map<std::string, ErrorKind> broken;  ///< by call: fails with this kind
    std::vector<std::string> asked;           ///< "get_machine m1"
    std::size_t page_size = 1000;
    bool endless = false;  ///< the last page points back to the first

    Task<Result<std::vector<fly::App>>> list_apps(std::string) override { co_return answer("list_apps", apps); }
    Task<Result<fly::App>> get_app(std::string app) override { co_return find("get_app", true_apps, app); }
    Task<Result<std::vector<fly::Machine>>> list_machines(std::string) override {
        co_return answer("list_machines", listed_machines);
    }
    Task<Result<fly::OrgMachinePage>> list_org_machines(fly::OrgListQuery query) override {
        fly::OrgMachinePage page{.machines = {}, .next_cursor = {}, .error_regions = error_regions};
        page.next_cursor = cut(org_machines, query.cursor, page.machines);
        co_return answer("list_org_machines", page);
    }
    Task<Result<fly::OrgVolumePage>> list_org_volumes(fly::OrgListQuery query) override {
        fly::OrgVolumePage page;
        page.next_cursor = cut(org_volumes, query.cursor, page.volumes);
        co_return answer("list_org_volumes", page);
    }
    Task<Result<fly::Machine>> get_machine(fly::MachineRef machine) override {
        co_return find("get_machine", true_machines, machine.id);
    }
    Task<Result<std::vector<fly::Volume>>> list_volumes(std::string) override {
        co_return answer("list_volumes", listed_volumes);
    }
    Task<Result<fly::Volume>> get_volume(std::string, std::string id) override {
        co_return find("get_volume", true_volumes, id);
    }
    Task<Result<std::vector<fly::AppSecret>>> list_secrets(std::string) override {
        co_return answer("list_secrets", std::vector<fly::AppSecret>{});
    }
    Task<Result<std::vector<fly::Ip>>> list_ips(std::string) override { co_return answer("list_ips", std::vector<fly::Ip>{}); }
    Task<Result<std::vector<fly::Certificate>>> list_certificates(std::string) override {
        co_return answer("list_certificates", std::vector<fly::Certificate>{});
    }
    Task<Result<std::vector<fly::AppAudit>>> audit_apps(std::string) override { co_return answer("audit_apps", audits); }
    std::vector<fly::AppAudit> audits;

    // Nothing of the fleet's asks these.
    Task<Result<fly::MachineWaited>> wait_machine(fly::WaitMachine) override { co_return never(); }
    Task<Result<std::vector<fly::MachineEvent>>> list_events(fly::MachineRef, int) override { co_return never(); }
    Task<Result<fly::LogPage>> logs(fly::LogQuery) override { co_return never(); }
    Task<Result<fly::StringMap>> get_metadata(fly::MachineRef) override { co_return never(); }
    Task<Result<fly::Lease>> get_lease(fly::MachineRef) override { co_return never(); }
    Task<Result<std::vector<fly::Snapshot>>> list_snapshots(std::string, std::string) override { co_return never(); }
    Task<Result<fly::Certificate>> get_certificate(std::string, std::string) override { co_return never(); }
    Task<Result<std::vector<fly::Region>>> list_regions() override { co_return never(); }
    Task<Result<std::vector<fly::Placement>>> placements(std::string, std::string, fly::Guest, int) override {
        co_return never();
    }
    Task<Result<std::vector<fly::TokenInfo>>> current_token() override { co_return never(); }

private:
    static std::unexpected<Error> never() { return failure(ErrorKind::Unknown, "the fleet has no reason to ask this"); }

    template <class T>
    Result<T> answer(std::string const& call, T value) {
        asked.push_back(call);
        if (auto const found = broken.find(call); found != broken.end()) return failure(found->second, call);
        return value;
    }
    template <class T>
    Result<T> find(std::string const& call, std::map<std::string, T> const& things, std::string const& name) {
        asked.push_back(call + ' ' + name);
        if (auto const failed = broken.find(call); failed != broken.end()) return failure(failed->second, call);
        if (auto const found = things.find(name); found != things.end()) return found->second;
        return failure(ErrorKind::NotFound, call + ' ' + name);
    }
    /// Fills `page` from the place the cursor names; returns the next one.
    template <class T>
    std::string cut(std::vector<T> const& all, std::string const& cursor, std::vector<T>& page) const {
        auto const first = cursor.empty() ? 0 : std::stoul(cursor);
        auto const last = std::min(all.size(), first + page_size);
        page.assign(all.begin() + static_cast<std::ptrdiff_t>(first), all.begin() + static_cast<std::ptrdiff_t>(last));
        if (last < all.size()) return std::to_string(last);
        return endless ? "0" : "";
    }
};

}  // namespace dayfly::fleet
