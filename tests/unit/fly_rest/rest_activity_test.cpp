// How much apps are used, from Fly's Prometheus: what is not a whole answer is never silence.
#include "controller/fly_rest/rest_activity.h"
#include "tests/unit/fly_rest/rest_fixture.h"

namespace dayfly::fly_rest {
namespace {

struct Activity : RestFixture {
    RestActivity activity{wire};

    ErrorKind failure_for(int status, std::string body) {
        wire.answer(status, std::move(body));
        auto const answer = run(activity.requests("acme", std::chrono::minutes(5)));
        if (answer) ADD_FAILURE() << "taken for an answer with " << answer->size() << " apps";
        return answer ? ErrorKind::Unknown : answer.error().kind;
    }
};

TEST_F(Activity, AsksOnceForAllAppsOfTheOrganisation) {
    wire.answer(200, R"({"status":"success","isPartial":false,"data":{"resultType":"vector","result":[
        {"metric":{"app":"shop"},"value":[1793491200,"12"]},{"metric":{"app":"docs"},"value":[1793491200.5,"0"]}]}})");
    wire.answer(200, R"({"status":"success","data":{"resultType":"vector","result":[]}})");
    auto const requests = run(activity.requests("acme previews", std::chrono::minutes(5)));
    ASSERT_TRUE(requests) << requests.error().message;
    EXPECT_EQ(*requests, (fly::NumberByApp{{"shop", 12}, {"docs", 0}}));
    EXPECT_EQ(last_request(),
              "GET /prometheus/acme%20previews/api/v1/query?query="
              "sum%20by%20%28app%29%20%28increase%28fly_edge_http_responses_count%5B300s%5D%29%29");
    EXPECT_EQ(wire.calls.back().action, fly::Action::QueryMetrics);
    auto const concurrency = run(activity.concurrency("acme", std::chrono::minutes(5)));
    ASSERT_TRUE(concurrency);
    EXPECT_TRUE(concurrency->empty());
    wire.answer(200, R"({"status":"success","data":{"resultType":"vector","result":[
        {"metric":{"app":"shop"},"value":[1793491200,"1"]}]}})");
    EXPECT_EQ(run(activity.machines_up("acme", std::chrono::minutes(5))).value(), (fly::NumberByApp{{"shop", 1}}));
    EXPECT_NE(last_request().find("fly_instance_up%5B300s%5D"), std::string::npos);
    EXPECT_EQ(wire.calls.size(), 3u);
}

TEST_F(Activity, TakesNothingForSilenceThatIsNotAWholeAnswer) {
    auto const rows = [](std::string const& result) {
        return R"({"status":"success","data":{"resultType":"vector","result":)" + result + "}}";
    };
    for (auto const& body : {
             std::string("<html><body>Sign in</body></html>"),
             std::string(),
             std::string("[]"),
             std::string("{}"),
             std::string(R"({"status":"error","errorType":"timeout","error":"query timed out"})"),
             std::string(R"({"status":"success","data":{"resultType":"matrix","result":[]}})"),
             std::string(R"({"status":"success","data":{"resultType":"vector"}})"),
             std::string(R"({"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}})"),
             rows("null"),
             rows(R"([{"metric":{"app":"shop"},"value":[1,"NaN"]}])"),
             rows(R"([{"metric":{"app":"shop"},"value":[1,"-1"]}])"),
             rows(R"([{"metric":{"app":"shop"},"value":[1,2]}])"),
             rows(R"([{"metric":{"app":"shop"},"value":"1"}])"),
             rows(R"([{"metric":{"app":7},"value":[1,"2"]}])"),
             rows(R"([{"metric":{"app":"shop"},"value":[1,"2"]}])").substr(0, 80),
         }) {
        EXPECT_EQ(failure_for(200, body), ErrorKind::Unavailable) << body;
    }
    EXPECT_EQ(failure_for(401, R"({"error":"unauthorized"})"), ErrorKind::Unauthenticated);
    EXPECT_EQ(failure_for(502, "<html>Bad Gateway</html>"), ErrorKind::Unavailable);
}

TEST_F(Activity, PassesOverWhatBelongsToNoApp) {
    wire.answer(200, R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"3"]}]}})");
    auto const answer = run(activity.requests("acme", std::chrono::minutes(5)));
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->empty());
}

}  // namespace
}  // namespace dayfly::fly_rest
