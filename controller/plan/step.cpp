// See step.h.
#include "controller/plan/step.h"

#include <fmt/format.h>

namespace dayfly::plan {
namespace {

struct Words {
    std::string_view name;
    std::string_view kind;
};

Words words_of(Operation const& operation) {
    return std::visit(Overloaded{
                          [](CreateApp const&) { return Words{"create_app", "app"}; },
                          [](AssignIp const&) { return Words{"assign_ip", "ip"}; },
                          [](ReleaseIp const&) { return Words{"release_ip", "ip"}; },
                          [](SetSecrets const&) { return Words{"set_secrets", "secret"}; },
                          [](CreateCertificate const&) { return Words{"create_certificate", "certificate"}; },
                          [](DeleteCertificate const&) { return Words{"delete_certificate", "certificate"}; },
                          [](CreateVolume const&) { return Words{"create_volume", "volume"}; },
                          [](ExtendVolume const&) { return Words{"extend_volume", "volume"}; },
                          [](SnapshotVolume const&) { return Words{"snapshot_volume", "volume"}; },
                          [](DeleteVolume const&) { return Words{"delete_volume", "volume"}; },
                          [](CreateMachine const&) { return Words{"create_machine", "machine"}; },
                          [](UpdateMachine const&) { return Words{"update_machine", "machine"}; },
                          [](StartMachine const&) { return Words{"start_machine", "machine"}; },
                          [](StopMachine const&) { return Words{"stop_machine", "machine"}; },
                          [](SuspendMachine const&) { return Words{"suspend_machine", "machine"}; },
                          [](DestroyMachine const&) { return Words{"destroy_machine", "machine"}; },
                          [](SetMetadata const&) { return Words{"set_metadata", "machine"}; },
                          [](AwaitStarted const&) { return Words{"await_started", "machine"}; },
                          [](MarkRetained const&) { return Words{"mark_retained", "app"}; },
                          [](MarkExpired const&) { return Words{"mark_expired", "app"}; },
                          [](DeleteApp const&) { return Words{"delete_app", "app"}; },
                      },
                      operation);
}

}  // namespace

std::string_view name_of(Operation const& operation) { return words_of(operation).name; }

std::string_view kind_of(Operation const& operation) { return words_of(operation).kind; }

std::string subject_of(Operation const& operation) {
    return std::visit(Overloaded{
                          [](CreateApp const&) { return std::string(); },
                          [](AssignIp const& step) { return std::string(fly::to_string(step.type)); },
                          [](ReleaseIp const& step) { return step.ip.address; },
                          [](SetSecrets const& step) {
                              auto all = step.names;
                              all.insert(step.removed.begin(), step.removed.end());
                              return fmt::format("{}", fmt::join(all, ", "));
                          },
                          [](CreateCertificate const& step) { return step.hostname; },
                          [](DeleteCertificate const& step) { return step.hostname; },
                          [](CreateVolume const& step) {
                              return fmt::format("{} {} GB {}", step.volume.name, step.volume.size_gb, step.region);
                          },
                          [](CreateMachine const& step) { return step.machine.name; },
                          [](UpdateMachine const& step) { return step.machine.name + " " + step.id; },
                          [](MarkRetained const&) { return std::string(); },
                          [](MarkExpired const&) { return std::string(); },
                          [](DeleteApp const&) { return std::string(); },
                          [](auto const& step) { return step.id.empty() ? step.name : step.name + " " + step.id; },
                      },
                      operation);
}

std::string_view drift_group(Operation const& operation, std::string_view path) {
    struct Group {
        std::string_view start;
        std::string_view word;
    };
    static constexpr Group groups[] = {{"image", "image"},     {"guest", "guest"},    {"env", "env"},
                                       {"mounts", "mounts"},   {"size_gb", "mounts"}, {"services", "services"},
                                       {"checks", "services"}, {"metadata", "marks"}};
    for (auto const& group : groups) {
        if (path.starts_with(group.start)) return group.word;
    }
    return std::visit(Overloaded{
                          [](CreateApp const&) { return std::string_view("missing"); },
                          [](CreateMachine const&) { return std::string_view("missing"); },
                          [](CreateVolume const&) { return std::string_view("missing"); },
                          [](DestroyMachine const&) { return std::string_view("extra"); },
                          [](DeleteVolume const&) { return std::string_view("extra"); },
                          [](AssignIp const&) { return std::string_view("ip"); },
                          [](ReleaseIp const&) { return std::string_view("ip"); },
                          [](CreateCertificate const&) { return std::string_view("ip"); },
                          [](DeleteCertificate const&) { return std::string_view("ip"); },
                          [](SetSecrets const&) { return std::string_view("secrets"); },
                          [](StartMachine const&) { return std::string_view("state"); },
                          [](auto const&) { return std::string_view("config"); },
                      },
                      operation);
}

bool is_destructive(Operation const& operation) {
    return std::holds_alternative<DeleteApp>(operation) || std::holds_alternative<DestroyMachine>(operation) ||
           std::holds_alternative<DeleteVolume>(operation);
}

}  // namespace dayfly::plan
