// The two endpoints beside the Machines API: what machines have said, and how many requests there were.
#include "tests/unit/fly_sim/sim_fixture.h"

namespace dayfly::fly_sim {
namespace {

class Told : public testing::Test {
protected:
    Told() {
        sim_.app();
        id_ = sim_.started(small_config());
    }
    Json logs(std::string const& query = "") { return sim_.get("/api/v1/apps/shop/logs" + query).json(); }
    std::vector<std::string> messages(Json const& page) {
        std::vector<std::string> all;
        for (auto const& line : page["data"]) all.push_back(line["attributes"]["message"]);
        return all;
    }
    /// The result as "label=value … : number" lines.
    std::vector<std::string> query(std::string const& text) {
        std::string encoded;
        for (char const c : text) encoded += c == '+' || c == '&' || c == '%' ? "?" : std::string(1, c == ' ' ? '+' : c);
        auto const answer = sim_.get("/prometheus/personal/api/v1/query?query=" + encoded);
        if (answer.status() != 200) return {std::to_string(answer.status()) + " " + answer.json().value("error", "")};
        std::vector<std::string> rows;
        for (auto const& row : answer.json()["data"]["result"]) {
            std::string line;
            for (auto const& [label, value] : row["metric"].items()) line += label + "=" + value.get<std::string>() + " ";
            rows.push_back(line + row["value"][1].get<std::string>());
        }
        return rows;
    }

    Sim sim_;
    std::string id_;
};

TEST_F(Told, ALineHasTheMembersThatFlysOwnClientReads) {
    sim_.cloud.add_log(id_, "hello", sim_.now);
    auto const page = logs();
    ASSERT_EQ(page["data"].size(), 1u);
    auto const& line = page["data"][0];
    EXPECT_TRUE(line["id"].is_string());
    EXPECT_EQ(line["type"], "log");
    EXPECT_EQ(line["attributes"]["message"], "hello");
    EXPECT_EQ(line["attributes"]["level"], "info");
    EXPECT_EQ(line["attributes"]["instance"], id_);
    EXPECT_EQ(line["attributes"]["region"], "fra");
    EXPECT_EQ(line["attributes"]["timestamp"], "2026-11-01T01:00:10Z");
    EXPECT_TRUE(page["meta"]["next_token"].is_string());
}

TEST_F(Told, ATokenLeadsToWhatCameLaterAndNothingTwice) {
    for (int i = 0; i < 250; ++i) sim_.cloud.add_log(id_, std::to_string(i), sim_.now);
    auto page = logs();
    EXPECT_EQ(messages(page).front(), "150") << "without a token: the newest";
    EXPECT_EQ(messages(page).back(), "249");
    auto token = page["meta"]["next_token"].get<std::string>();
    EXPECT_TRUE(messages(logs("?next_token=" + token)).empty());
    EXPECT_EQ(logs("?next_token=" + token)["meta"]["next_token"], token);
    for (int i = 250; i < 400; ++i) sim_.cloud.add_log(id_, std::to_string(i), sim_.now);
    page = logs("?next_token=" + token);
    EXPECT_EQ(messages(page).front(), "250");
    EXPECT_EQ(messages(page).back(), "349");
    page = logs("?next_token=" + page["meta"]["next_token"].get<std::string>());
    EXPECT_EQ(messages(page).back(), "399");
}

TEST_F(Told, LinesAreAskedForByMachineAndRegion) {
    auto const other = sim_.started(small_config(), "web-1");
    sim_.cloud.add_log(id_, "a", sim_.now);
    sim_.cloud.add_log(other, "b", sim_.now);
    EXPECT_EQ(messages(logs("?instance=" + other)), std::vector<std::string>{"b"});
    EXPECT_TRUE(messages(logs("?region=ord")).empty());
    EXPECT_EQ(messages(logs("?region=fra")).size(), 2u);
}

TEST_F(Told, LinesAreBoundedInNumberAndLength) {
    for (int i = 0; i < 3'000; ++i) sim_.cloud.add_log(id_, std::string(10'000, 'x'), sim_.now);
    std::size_t count = 0;
    std::string token = "0";
    for (auto page = logs("?next_token=0"); !page["data"].empty(); page = logs("?next_token=" + token)) {
        count += page["data"].size();
        token = page["meta"]["next_token"];
        EXPECT_LE(page["data"][0]["attributes"]["message"].get<std::string>().size(), 4'096u);
    }
    EXPECT_EQ(count, 2'000u);
}

TEST_F(Told, AnUnknownAppsLogsAre401) {
    EXPECT_EQ(sim_.get("/api/v1/apps/other/logs").status(), 401);
    EXPECT_EQ(sim_.get("/api/v1/apps/shop/logs?next_token=x").status(), 400);
}

TEST_F(Told, RequestsAreCountedPerAppWithinTheRange) {
    EXPECT_TRUE(query("sum by (app) (increase(fly_edge_http_responses_count[1h]))").empty()) << "no series before the first";
    sim_.cloud.external().serve_requests("shop", 5);
    sim_.cloud.external().serve_requests("shop", 2, 503);
    sim_.pass(50min);
    sim_.cloud.external().serve_requests("shop", 1);
    EXPECT_EQ(query("sum by (app) (increase(fly_edge_http_responses_count{app=~\"sh.p|x\"}[1h]))"),
              std::vector<std::string>{"app=shop 8"});
    sim_.pass(30min);
    EXPECT_EQ(query("sum by (app) (increase(fly_edge_http_responses_count[1h]))"), std::vector<std::string>{"app=shop 1"});
    sim_.pass(2h);
    EXPECT_EQ(query("sum by (app) (increase(fly_edge_http_responses_count[1h]))"), std::vector<std::string>{"app=shop 0"});
    EXPECT_EQ(query("sum(increase(fly_edge_http_responses_count{status!=\"503\"}[1d]))"), std::vector<std::string>{"6"});
    EXPECT_TRUE(query("sum by (app) (increase(fly_edge_http_responses_count{app=\"other\"}[1d]))").empty());
    EXPECT_TRUE(query("sum by (app) (increase(fly_edge_http_responses_count[1h])) > 0").empty());
}

TEST_F(Told, ABusyMachineShowsInTheGaugeWithoutNewRequests) {
    sim_.cloud.external().set_concurrency("shop", id_, 3);
    sim_.pass(2h);
    EXPECT_EQ(query("max by (app) (max_over_time(fly_app_concurrency[5m]))"), std::vector<std::string>{"app=shop 3"});
    sim_.cloud.external().set_concurrency("shop", id_, 0);
    sim_.pass(6min);
    EXPECT_EQ(query("max by (app) (max_over_time(fly_app_concurrency[5m]))"), std::vector<std::string>{"app=shop 0"});
    EXPECT_EQ(query("fly_app_concurrency"),
              std::vector<std::string>{"__name__=fly_app_concurrency app=shop instance=" + id_ + " 0"});
}

TEST_F(Told, MetricsMayBeLateOrMissing) {
    sim_.cloud.options().metrics_lag = 5min;
    sim_.cloud.external().serve_requests("shop", 4);
    sim_.pass(4min);
    EXPECT_TRUE(query("sum by (app) (increase(fly_edge_http_responses_count[1h]))").empty());
    sim_.pass(2min);
    EXPECT_EQ(query("sum by (app) (increase(fly_edge_http_responses_count[1h]))"), std::vector<std::string>{"app=shop 4"});
    sim_.cloud.options().metrics_missing = true;
    EXPECT_TRUE(query("sum by (app) (increase(fly_edge_http_responses_count[1h]))").empty());
}

TEST_F(Told, TheQueryMayBeAForm) {
    sim_.cloud.external().serve_requests("shop", 4);
    http::Request request{.method = "POST", .target = "/prometheus/personal/api/v1/query"};
    request.headers.add("authorization", authorized);
    request.headers.add("content-type", "application/x-www-form-urlencoded");
    request.body = "query=sum%28fly_edge_http_responses_count%7Bapp%3D%22shop%22%7D%29";
    auto const outcome = sim_.cloud.handle(request, sim_.now, sim_.wall());
    EXPECT_EQ(std::get<Answer>(outcome).json()["data"]["result"][0]["value"][1], "4");
}

TEST_F(Told, AQueryThatIsNotUnderstoodIsRefusedWithAReason) {
    for (auto const* const text : {"", "sum by (app", "increase(fly_app_concurrency)", "fly_app_concurrency[5m]",
                                   "foo(bar[5m])", "a{b=~\"[\"}", "a b", "((((((((((((a))))))))))))"}) {
        EXPECT_TRUE(query(text).at(0).starts_with("422 error when parsing")) << text;
    }
    EXPECT_EQ(sim_.get("/prometheus/other/api/v1/query?query=a").status(), 403);
}

TEST_F(Told, AnAppOfTheSameNameBeginsAnew) {
    sim_.cloud.external().serve_requests("shop", 4);
    sim_.cloud.add_log(id_, "old", sim_.now);
    sim_.erase("/v1/apps/shop");
    sim_.pass(1min);
    sim_.app();
    EXPECT_TRUE(messages(logs()).empty());
    EXPECT_TRUE(query("fly_edge_http_responses_count").empty());
}

}  // namespace
}  // namespace dayfly::fly_sim
