// Every method of fly::Api once, under one signature, so that a property can be shown for all of them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/fly/api.h"

namespace dayfly::fly_rest {

struct Invocation {
    std::string name;
    bool write;
    bool reads_answer;  ///< the answer's body is more than "ok"
    std::function<Task<std::optional<Error>>(fly::Api&)> run;
};

template <class T>
Task<std::optional<Error>> error_of(Task<Result<T>> task) {
    auto result = co_await std::move(task);
    if (result) co_return std::nullopt;
    co_return std::move(result.error());
}

inline std::vector<Invocation> every_call() {
    using fly::Api;
    static fly::MachineRef const machine{"shop", "1857156b526dd8"};
    constexpr bool read = false;
    constexpr bool write = true;
    constexpr bool body = true;
    constexpr bool plain = false;
    return {
        {"list_apps", read, body, [](Api& api) { return error_of(api.list_apps("acme")); }},
        {"get_app", read, body, [](Api& api) { return error_of(api.get_app("shop")); }},
        {"list_machines", read, body, [](Api& api) { return error_of(api.list_machines("shop")); }},
        {"list_org_machines", read, body, [](Api& api) { return error_of(api.list_org_machines({.organization = "acme"})); }},
        {"get_machine", read, body, [](Api& api) { return error_of(api.get_machine(machine)); }},
        {"wait_machine", read, body, [](Api& api) { return error_of(api.wait_machine({.app = "shop", .id = "1857"})); }},
        {"list_events", read, body, [](Api& api) { return error_of(api.list_events(machine, 20)); }},
        {"logs", read, body, [](Api& api) { return error_of(api.logs({.app = "shop"})); }},
        {"get_metadata", read, body, [](Api& api) { return error_of(api.get_metadata(machine)); }},
        {"get_lease", read, body, [](Api& api) { return error_of(api.get_lease(machine)); }},
        {"list_volumes", read, body, [](Api& api) { return error_of(api.list_volumes("shop")); }},
        {"list_org_volumes", read, body, [](Api& api) { return error_of(api.list_org_volumes({.organization = "acme"})); }},
        {"get_volume", read, body, [](Api& api) { return error_of(api.get_volume("shop", "vol_a")); }},
        {"list_snapshots", read, body, [](Api& api) { return error_of(api.list_snapshots("shop", "vol_a")); }},
        {"list_secrets", read, body, [](Api& api) { return error_of(api.list_secrets("shop")); }},
        {"list_ips", read, body, [](Api& api) { return error_of(api.list_ips("shop")); }},
        {"list_certificates", read, body, [](Api& api) { return error_of(api.list_certificates("shop")); }},
        {"get_certificate", read, body, [](Api& api) { return error_of(api.get_certificate("shop", "a.dev")); }},
        {"list_regions", read, body, [](Api& api) { return error_of(api.list_regions()); }},
        {"placements", read, body, [](Api& api) { return error_of(api.placements("acme", "dfw", {}, 1)); }},
        {"current_token", read, body, [](Api& api) { return error_of(api.current_token()); }},
        {"audit_apps", read, body, [](Api& api) { return error_of(api.audit_apps("acme")); }},
        {"create_app", write, body,
         [](Api& api) { return error_of(api.create_app({.name = "shop", .organization = "acme"})); }},
        {"delete_app", write, plain, [](Api& api) { return error_of(api.delete_app("shop")); }},
        {"create_machine", write, body, [](Api& api) { return error_of(api.create_machine({.app = "shop", .name = "web"})); }},
        {"update_machine", write, body, [](Api& api) { return error_of(api.update_machine({.app = "shop", .id = "1857"})); }},
        {"start_machine", write, plain, [](Api& api) { return error_of(api.start_machine(machine)); }},
        {"stop_machine", write, plain, [](Api& api) { return error_of(api.stop_machine(machine)); }},
        {"suspend_machine", write, plain, [](Api& api) { return error_of(api.suspend_machine(machine)); }},
        {"destroy_machine", write, plain, [](Api& api) { return error_of(api.destroy_machine(machine, true)); }},
        {"cordon_machine", write, plain, [](Api& api) { return error_of(api.cordon_machine(machine)); }},
        {"uncordon_machine", write, plain, [](Api& api) { return error_of(api.uncordon_machine(machine)); }},
        {"set_metadata", write, plain, [](Api& api) { return error_of(api.set_metadata(machine, "key", "value")); }},
        {"delete_metadata", write, plain, [](Api& api) { return error_of(api.set_metadata(machine, "key", "")); }},
        {"acquire_lease", write, body, [](Api& api) { return error_of(api.acquire_lease(machine, std::chrono::seconds(30))); }},
        {"release_lease", write, plain, [](Api& api) { return error_of(api.release_lease(machine, "nonce")); }},
        {"exec", write, body, [](Api& api) { return error_of(api.exec(machine, {"true"}, std::chrono::seconds(5))); }},
        {"create_volume", write, body,
         [](Api& api) { return error_of(api.create_volume({.app = "shop", .name = "data", .region = "dfw"})); }},
        {"extend_volume", write, body, [](Api& api) { return error_of(api.extend_volume("shop", "vol_a", 2)); }},
        {"set_volume_snapshots", write, plain,
         [](Api& api) { return error_of(api.set_volume_snapshots("shop", "vol_a", true)); }},
        {"delete_volume", write, plain, [](Api& api) { return error_of(api.delete_volume("shop", "vol_a")); }},
        {"create_snapshot", write, plain, [](Api& api) { return error_of(api.create_snapshot("shop", "vol_a")); }},
        {"update_secrets", write, body, [](Api& api) { return error_of(api.update_secrets("shop", {{"KEY", Secret("x")}})); }},
        {"assign_ip", write, body, [](Api& api) { return error_of(api.assign_ip("shop", fly::IpType::V6)); }},
        {"release_ip", write, plain, [](Api& api) { return error_of(api.release_ip("shop", "2a09::1")); }},
        {"create_certificate", write, body, [](Api& api) { return error_of(api.create_certificate("shop", "a.dev")); }},
        {"check_certificate", write, body, [](Api& api) { return error_of(api.check_certificate("shop", "a.dev")); }},
        {"delete_certificate", write, plain, [](Api& api) { return error_of(api.delete_certificate("shop", "a.dev")); }},
    };
}

}  // namespace dayfly::fly_rest
