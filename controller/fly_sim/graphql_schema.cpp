#include "controller/fly_sim/graphql_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "controller/fly_sim/exchange.h"

namespace dayfly::fly_sim {
namespace {

struct TypeRow {
    std::string_view name;
    std::string_view fields;  ///< "name" of a scalar, "name:Type" of an object; a type without a row is not looked into
};

// From flyctl's gql/schema.graphql, 2026-08. A Principal is taken for a User, the only one that a token has; of the mutations
// only those that the simulator carries out.
constexpr TypeRow table[] = {
    {"Queries",
     "accessTokens:AccessTokenConnection addOn:AddOn addOnPlans:AddOnPlanConnection "
     "addOnProvider:AddOnProvider addOns:AddOnConnection app:App appNameAvailable apps:AppConnection "
     "canPerformBluegreenDeployment certificate:AppCertificate checkJobs:CheckJobConnection "
     "checkLocations:CheckLocation cliSession:CliSession currentUser:User flapsAuthzCheck "
     "githubIntegration:GithubIntegration herokuIntegration:HerokuIntegration ipAddress:IPAddress "
     "isExistingResetToken latestImageDetails:ImageVersion latestImageTag machine:Machine "
     "machines:MachineConnection nearestRegion:Region node:Node nodes:Node onboarding:Onboarding "
     "organization:Organization organizations:OrganizationConnection personalOrganization:Organization "
     "platform:FlyPlatform postgresAttachments:PostgresClusterAttachmentConnection products:Product "
     "userOnlyToken validateConfig:AppConfig viewer:User volume:Volume volumeAttachments "
     "volumeSnapshots:VolumeSnapshot"},
    {"FlyPlatform", "flyctl:FlyctlRelease regions:Region requestRegion vmSizes:VMSize"},
    {"Organization",
     "activeDiscountName addOnSsoLink addOns:AddOnConnection agreedToProviderTos "
     "allowAllCrossNetworkReplays allowedReplaySourceOrgSlugs apps:AppConnection billable billingStatus "
     "creditBalance creditBalanceFormatted delegatedWireGuardTokens:DelegatedWireGuardTokenConnection "
     "extensionSsoLink healthCheckHandlers:HealthCheckHandlerConnection healthChecks:HealthCheckConnection "
     "highRisk id internalNumericId invitations:OrganizationInvitationConnection isCreditCardSaved "
     "limitedAccessTokens:LimitedAccessTokenConnection loggedCertificates:LoggedCertificateConnection "
     "members:OrganizationMembershipsConnection name paidPlan paidSupportEmail provisionsBetaExtensions "
     "rawSlug remoteBuilderApp:App remoteBuilderImage settings signedDocuments:SignedDocumentConnection "
     "slug sshCertificate stripeContainerPlanId stripeContainerSubscriptionId stripeCustomerId "
     "stripeSubscriptionId thirdPartyConfigurations:ThirdPartyConfigurationConnection trialEndedAt "
     "trialStartedAt trust type viewerRole wireGuardPeer:WireGuardPeer "
     "wireGuardPeers:WireGuardPeerConnection"},
    {"OrganizationConnection", "edges:OrganizationEdge nodes:Organization pageInfo:PageInfo totalCount"},
    {"App",
     "addOns:AddOnConnection allocation:Allocation allocations:Allocation appUrl "
     "autoscaling:AutoscalingConfig backupRegions:Region builds:BuildConnection certificate:AppCertificate "
     "certificates:AppCertificateConnection changes:AppChangeConnection cnameTarget config:AppConfig "
     "createdAt currentLock:AppLock currentPlacement:RegionPlacement currentRelease:Release "
     "currentReleaseUnprocessed:ReleaseUnprocessed deployed deploymentSource:DeploymentSource "
     "deploymentStatus:DeploymentStatus egressIpAddresses:EgressIPAddressConnection hasDeploymentSource "
     "healthChecks:CheckStateConnection hostIssues:IssueConnection hostname id image:Image "
     "imageDetails:ImageVersion imageUpgradeAvailable imageVersionTrackingEnabled instrumentsKey "
     "internalId internalNumericId ipAddress:IPAddress ipAddresses:IPAddressConnection key "
     "latestImageDetails:ImageVersion limitedAccessTokens:LimitedAccessTokenConnection machine:Machine "
     "machines:MachineConnection metricTypes name network networkId organization:Organization "
     "parseConfig:AppConfig platformVersion processGroups:ProcessGroup regions:Region release:Release "
     "releases:ReleaseConnection releasesUnprocessed:ReleaseUnprocessedConnection role:AppRole runtime "
     "secrets:Secret services:Service sharedIpAddress state status taskGroupCounts:TaskGroupCount tsusage "
     "usage:AppUsage version vmSize:VMSize vms:VMConnection volume:Volume volumes:VolumeConnection"},
    {"AppConnection", "edges:AppEdge nodes:App pageInfo:PageInfo totalCount"},
    {"PageInfo", "endCursor hasNextPage hasPreviousPage startCursor"},
    {"IPAddress", "address createdAt id network:Network region serviceName type"},
    {"IPAddressConnection", "edges:IPAddressEdge nodes:IPAddress pageInfo:PageInfo totalCount"},
    {"Network", "createdAt id name organization:Organization updatedAt"},
    {"Secret", "createdAt digest id name user:User"},
    {"Machine",
     "app:App config createdAt egressIpAddresses:EgressIPAddressConnection events:MachineEventConnection "
     "host:Host id instanceId ips:MachineIPConnection name region state updatedAt"},
    {"MachineConnection", "edges:MachineEdge nodes:Machine pageInfo:PageInfo totalCount"},
    {"User",
     "agreedToProviderTos avatarUrl blankPassword createdAt email emailVerified enablePaidHobby "
     "featureFlags hasNodeproxyApps hasRecoveryCodes highRisk id identities:Identity identity:Identity "
     "internalNumericId lastRegion name organizations:OrganizationConnection "
     "personalOrganization:Organization stripeVerificationStatus trust trustScore twoFactorProtection "
     "username"},
    {"Region", "code deprecated gatewayAvailable latitude longitude name processGroup requiresPaidPlan"},
    {"Mutations", "allocateIpAddress:AllocateIPAddressPayload releaseIpAddress:ReleaseIPAddressPayload"},
    {"AllocateIPAddressPayload", "app:App clientMutationId ipAddress:IPAddress"},
    {"ReleaseIPAddressPayload", "app:App clientMutationId"},
};

/// The type of a field, empty for a scalar; nothing when the type has no such field.
std::optional<std::string> type_of(TypeRow const& type, std::string_view field) {
    if (field == "__typename") return "";
    for (auto const& word : split(type.fields, ' ')) {
        auto const colon = word.find(':');
        if (std::string_view(word).substr(0, colon) == field) return colon == std::string::npos ? "" : word.substr(colon + 1);
    }
    return std::nullopt;
}

void check(std::string_view type_name, std::vector<Selection> const& fields, Json const& path, Json& errors) {
    auto const* const type = std::ranges::find(table, type_name, &TypeRow::name);
    if (type == std::end(table)) return;
    for (auto const& field : fields) {
        auto here = path;
        here.push_back(field.alias);
        auto const report = [&](std::string message, char const* code) {
            Json extensions{{"code", code}, {"typeName", type_name}, {"fieldName", field.name}};
            errors.push_back({{"message", std::move(message)}, {"path", here}, {"extensions", std::move(extensions)}});
        };
        auto const inner = type_of(*type, field.name);
        if (!inner) {
            report(fmt::format("Field '{}' doesn't exist on type '{}'", field.name, type_name), "undefinedField");
        } else if (inner->empty() && !field.fields.empty()) {
            report(fmt::format("Selections can't be made on scalars (field '{}' has them)", field.name), "selectionMismatch");
        } else if (!inner->empty() && field.fields.empty()) {
            report(fmt::format("Field must have selections (field '{}' returns {} but has no selections)", field.name, *inner),
                   "selectionMismatch");
        } else if (!inner->empty()) {
            check(*inner, field.fields, here, errors);
        }
    }
}

}  // namespace

Json check_fields(GraphQlOperation const& operation) {
    auto errors = Json::array();
    check(operation.kind == "mutation" ? "Mutations" : "Queries", operation.fields, Json::array({operation.kind}), errors);
    return errors;
}

}  // namespace dayfly::fly_sim
