// Every failure that Fly was seen to answer, with its body as it came, becomes the right kind of error.
#include "controller/fly/answer.h"

#include <gtest/gtest.h>

#include <ostream>

namespace dayfly {

// Found by argument-dependent look-up, so that a failed comparison prints the kind's name.
void PrintTo(ErrorKind kind, std::ostream* out) { *out << to_string(kind); }

namespace fly {
namespace {

struct Case {
    std::string name;
    Action action;
    int status;
    std::string body;
    ErrorKind kind;
};

class Catalogue : public testing::TestWithParam<Case> {};

TEST_P(Catalogue, BodyBecomesKind) {
    auto const& row = GetParam();
    auto const error =
        error_from({.action = row.action, .app = "shop", .id = "shop"}, {.status = row.status, .body = row.body});
    EXPECT_EQ(error.kind, row.kind) << error.message;
}

using enum Action;
using enum ErrorKind;

std::string error_body(std::string const& text) { return R"({"error":")" + text + R"("})"; }

Case const catalogue[] = {
    {"BadToken", GetApp, 401, R"({"error":"Authenticate: token validation error"})", Unauthenticated},
    {"InvalidToken", GetApp, 401, R"({"error":"invalid token"})", Unauthenticated},
    {"OtherOrganization", GetApp, 403, R"({"error":"unauthorized"})", Forbidden},
    {"UnknownApp", GetApp, 404, R"({"error":"app not found"})", NotFound},
    {"UnknownAppOldText", DeleteApp, 404, R"({"error":"Could not find App"})", NotFound},
    {"UnknownMachine", GetMachine, 404, error_body("machine not found"), NotFound},
    {"UnknownMachineOldText", GetMachine, 404, error_body("invalid machine ID, '32876249a30918'"), NotFound},
    {"UnknownMachinePlainText", GetMachine, 404, "machine not found", NotFound},
    {"UnknownRoute", CreateCertificate, 404, "404 page not found", Unavailable},
    {"GatewayNotFoundPage", GetApp, 404, "<html><head><title>404 Not Found</title></head></html>", Unavailable},
    {"EmptyNotFound", GetApp, 404, "", Unavailable},
    {"NameTaken", CreateApp, 422, R"({"error":"Validation failed: Name has already been taken","status":"name_taken"})",
     NameTaken},
    {"NameTakenWithoutCode", CreateApp, 422, R"({"error":"Validation failed: Name has already been taken"})", NameTaken},
    {"NameLostInRace", CreateApp, 422, R"({"error":"uniqueness constraint violated"})", NameTaken},
    {"UniquenessOfSomethingElse", CreateCertificate, 422, R"({"error":"uniqueness constraint violated"})", Conflict},
    {"BadAppName", CreateApp, 422,
     error_body("Validation failed: Name under 63 chars using numbers, lowercase letters and dashes"), InvalidConfig},
    {"NoPaymentMethod", CreateMachine, 422,
     error_body("To create more than 1 machine per app please add a payment method. https://fly.io/dashboard/x/billing"),
     QuotaExceeded},
    {"MemoryQuotaOfRegion", CreateMachine, 403,
     R"({"error":"organization \"Kilo\" is using 1970176 MB of memory in dfw which is over the allowed quota. please consider other regions"})",
     QuotaExceeded},
    {"NoGuest", CreateMachine, 400, error_body("invalid config.guest.cpu_kind"), InvalidConfig},
    {"TooLittleMemory", CreateMachine, 400, error_body("invalid config.guest.memory_mb, minimum required 1024 MiB"),
     InvalidConfig},
    {"TooMuchMemory", CreateMachine, 400, error_body("invalid config.guest.memory_mb, cannot exceed 2048 MiB"), InvalidConfig},
    {"NoSuchImage", CreateMachine, 400,
     R"({"error":"failed to get manifest registry.fly.io/APP:TAG: request failed: not found [http 404]: {\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\",\"detail\":\"unknown tag=TAG\"}]}\n"})",
     ImageNotFound},
    {"RegistryInTrouble", CreateMachine, 400, error_body("failed to get manifest ghcr.io/a/b:c: request failed: [http 503]"),
     Unavailable},
    {"WaitTooLong", WaitMachine, 400,
     R"({"error":"invalid_argument: invalid WaitMachineRequest.Timeout: value must be inside range [1s, 1m0s]"})",
     InvalidConfig},
    {"StopWithArray", StopMachine, 400, R"({"error":"json: cannot unmarshal array into Go value of type main.stopRequest"})",
     InvalidConfig},
    {"NoCapacityAs400", CreateMachine, 400, error_body("no capacity"), NoCapacity},
    {"WaitTimedOut", WaitMachine, 408,
     error_body("deadline_exceeded: machine failed to reach desired state, started, currently created"), TimedOut},
    {"CreateTimedOut", CreateMachine, 408, error_body("deadline_exceeded: request timed out"), Ambiguous},
    {"ReadTimedOut", GetMachine, 408, error_body("deadline_exceeded: request timed out"), Unavailable},
    {"LeaseHeld", UpdateMachine, 409,
     error_body("aborted: machine ID 2879325b42d318 lease currently held by 9af60c27-aaaa@tokens.fly.io, expires at "
                "2026-05-14T10:41:08Z"),
     LeaseHeld},
    {"LeaseHeldOldShape", UpdateMachine, 409,
     R"({"status":"error","message":"machine ID 3d8d413b29d089 lease currently held by hello@fly.io, expires at 2022-10-20 19:59:06 +0000 UTC","code":"invalid"})",
     LeaseHeld},
    {"StaleVersion", UpdateMachine, 409, error_body("aborted: something changed"), Conflict},
    {"StaleVersionAs412", UpdateMachine, 412, error_body("current_version mismatch"), Conflict},
    {"StaleVersionWithoutText", UpdateMachine, 412, "", Conflict},
    {"StaleMetadata", SetMetadata, 412, "", Conflict},
    {"HostFullOnUpdate", UpdateMachine, 409,
     R"({"error":"aborted: could not reserve resource for machine: insufficient memory available to fulfill request"})",
     NoCapacity},
    {"HostFullOnStart", StartMachine, 409,
     R"({"error":"aborted: could not reserve resource for machine: insufficient CPUs available to fulfill request"})",
     NoCapacity},
    {"HostOfVolumeFull", CreateMachine, 412,
     R"({"error":"insufficient resources to create new machine with existing volume 'vol_4y5gkog8p5kj839r'"})", NoCapacity},
    {"RegionFullForVolume", CreateVolume, 412, error_body("insufficient resources available"), NoCapacity},
    {"RegionFullForVolumeByCode", CreateVolume, 412, R"({"error":"no","status":"volume_placement_capacity"})", NoCapacity},
    {"RegionFullForMachine", CreateMachine, 503, R"({"error":"out of capacity","status":"insufficient_capacity"})", NoCapacity},
    {"DeploysDisabledOnHost", UpdateMachine, 400, error_body("deploys to this host are temporarily disabled"), NoCapacity},
    {"MachineNameTaken", CreateMachine, 409,
     R"({"error":"already_exists: unique machine name violation, machine ID 32876249a30918 already exists with name \"foo\""})",
     Conflict},
    {"DestroyRunning", DestroyMachine, 412,
     error_body("failed_precondition: unable to destroy machine, not currently stopped, suspended, failed or created"),
     NotReadyYet},
    {"StartTooEarly", StartMachine, 412,
     error_body("failed_precondition: unable to start machine from current state: 'created'"), NotReadyYet},
    {"StartWhileReplacing", StartMachine, 412, error_body("failed_precondition: machine getting replaced, refusing to start"),
     NotReadyYet},
    {"StartWhileActive", StartMachine, 412, error_body("failed_precondition: machine still active, refusing to start"),
     NotReadyYet},
    {"WaitWhileReplacing", WaitMachine, 400, error_body("machine is currently replaced"), NotReadyYet},
    {"ExecOnStopped", ExecMachine, 412, error_body("failed_precondition: machine not running"), NotReadyYet},
    {"VolumeClaimed", CreateMachine, 412, error_body("failed_precondition: volume already claimed by machine 32876249a30918"),
     NotReadyYet},
    {"VolumeClaimedByNuls", CreateMachine, 412,
     error_body(R"(failed_precondition: volume already claimed by machine \u0000\u0000\u0000)"), NotReadyYet},
    {"VolumeBound", DeleteVolume, 412, error_body("failed_precondition: volume is currently bound to machine: 32876249a30918"),
     NotReadyYet},
    {"SnapshotQueued", CreateSnapshot, 412, error_body("failed_precondition: snapshot is already scheduled at 10:00"),
     NotReadyYet},
    {"LeaseNotFound", ReleaseLease, 404, error_body("lease not found"), NotFound},
    {"AddressAlreadyThere409", AssignIp, 409, error_body("already assigned"), Conflict},
    {"AddressAlreadyThere422", AssignIp, 422, error_body("ip already assigned"), Conflict},
    {"CertificateAlreadyThere", CreateCertificate, 422, error_body("hostname already exists"), Conflict},
    {"TooManyRequests", CreateMachine, 429, error_body("rate limit exceeded"), RateLimited},
    {"TooManyRequestsNoBody", GetMachine, 429, "", RateLimited},
    {"BadGatewayOnWrite", CreateMachine, 502, "<html><head><title>502 Bad Gateway</title></head></html>", Ambiguous},
    {"BadGatewayOnRead", ListMachines, 502, "<html></html>", Unavailable},
    {"UnavailableOnWrite", CreateApp, 503, "upstream connect error", Ambiguous},
    {"UnavailableOnRead", ListApps, 503, "upstream connect error", Unavailable},
    {"GatewayTimeoutOnWrite", UpdateSecrets, 504, "", Ambiguous},
    {"InternalErrorOnWrite", DeleteApp, 500, R"({"error":"internal"})", Ambiguous},
    {"InternalErrorOnRead", GetApp, 500, R"({"error":"internal"})", Unavailable},
    {"Redirect", GetApp, 301, "", Unknown},
    {"Teapot", GetApp, 418, "", Unknown},
};

INSTANTIATE_TEST_SUITE_P(Fly, Catalogue, testing::ValuesIn(catalogue), [](auto const& row) { return row.param.name; });

TEST(ErrorFrom, TellsActionSubjectStatusTextAndRequestId) {
    Call const call{.action = StartMachine, .app = "shop", .id = "32876249a30918"};
    auto const error = error_from(call, {.status = 412, .body = error_body("too early"), .request_id = "01JNRQ9V-yyz"});
    EXPECT_EQ(error.message, "start_machine shop/32876249a30918: 412 too early (fly-request-id 01JNRQ9V-yyz)");
}

TEST(ErrorFrom, NamesAnAppOnceAndAnOrganizationAlone) {
    EXPECT_EQ(error_from({.action = GetApp, .app = "shop", .id = "shop"}, {.status = 500}).message, "get_app shop: 500");
    EXPECT_EQ(error_from({.action = ListApps, .id = "acme"}, {.status = 500}).message, "list_apps acme: 500");
}

TEST(ErrorFrom, PrefersMessageToError) {
    auto const error = error_from({.action = GetApp, .app = "a"}, {.status = 400, .body = R"({"error":"x","message":"y"})"});
    EXPECT_EQ(error.message, "get_app a: 400 y");
}

TEST(ErrorFrom, BoundsTheMessageBetweenCharacters) {
    std::string long_text;
    while (long_text.size() < 5000) long_text += "é";
    auto const error =
        error_from({.action = GetApp, .app = "shop"}, {.status = 400, .body = error_body(long_text), .request_id = "id"});
    EXPECT_LE(error.message.size(), 500 + std::string(" (fly-request-id id)").size());
    EXPECT_TRUE(error.message.ends_with("é (fly-request-id id)"));
}

TEST(ErrorFrom, ReducesHtmlToItsTitle) {
    auto const error =
        error_from({.action = GetApp, .app = "a"},
                   {.status = 502, .body = "<!DOCTYPE html>\n<HTML><TITLE>502\nBad Gateway</TITLE><script>x</script>"});
    EXPECT_EQ(error.message, "get_app a: 502 502 Bad Gateway");
}

TEST(ErrorFrom, KeepsControlCharactersOut) {
    auto const error = error_from({.action = GetApp, .app = "a"}, {.status = 400, .body = "one\r\ntwo\x1b[31m\xff"});
    EXPECT_EQ(error.message, "get_app a: 400 one two [31m?");
}

TEST(ErrorFrom, NeverTellsWhatWasSent) {
    Call const call{.action = UpdateSecrets, .app = "shop", .body = R"({"values":{"KEY":"hunter2-hunter2","GONE":null}})"};
    auto const error = error_from(call, {.status = 400, .body = error_body("bad value hunter2-hunter2 for KEY")});
    EXPECT_EQ(error.message, "update_secrets shop: 400 bad value *** for KEY");
}

TEST(ErrorFrom, HandsOnRetryAfter) {
    auto const error = error_from({.action = GetApp}, {.status = 429, .retry_after = std::chrono::milliseconds(1500)});
    EXPECT_EQ(error.retry_after, std::chrono::milliseconds(1500));
}

TEST(ErrorFrom, GivesARegionQuotaItsOwnHint) {
    auto const error = error_from({.action = CreateMachine, .app = "a"},
                                  {.status = 403, .body = error_body("over the allowed quota. please consider other regions")});
    EXPECT_NE(error.hint.find("fallbackRegions"), std::string::npos);
    EXPECT_TRUE(another_region_may_help(error));
}

TEST(ErrorFrom, ToldThatTheOrganisationIsUnknownNamesWhereItIsSet) {
    for (auto const action : {ListApps, ListOrgMachines, ListOrgVolumes, CreateApp}) {
        auto const error = error_from({.action = action}, {.status = 404, .body = error_body("organization not found")});
        EXPECT_NE(error.hint.find("--org"), std::string::npos) << to_string(action);
    }
    EXPECT_TRUE(error_from({.action = CreateApp}, {.status = 403, .body = error_body("forbidden")}).hint.empty());
    EXPECT_TRUE(error_from({.action = GetApp}, {.status = 404, .body = error_body("app not found")}).hint.empty());
}

TEST(AnotherRegionMayHelp, NotAgainstAMissingPaymentMethod) {
    auto const error =
        error_from({.action = CreateMachine, .app = "a"}, {.status = 422, .body = error_body("please add a payment method")});
    EXPECT_FALSE(another_region_may_help(error));
    EXPECT_TRUE(another_region_may_help({.kind = NoCapacity}));
}

}  // namespace
}  // namespace fly
}  // namespace dayfly
