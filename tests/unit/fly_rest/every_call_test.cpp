// What holds for every method: the operation exists at Fly, strange answers are errors, and lost ones are told apart.
#include "tests/unit/fly_rest/every_call.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "controller/fly_rest/rest_activity.h"
#include "controller/http/message.h"
#include "tests/unit/fly_rest/rest_fixture.h"

namespace dayfly::fly_rest {
namespace {

struct Operation {
    std::string method;
    std::vector<std::string> segments;
};

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> segments;
    std::istringstream stream{std::string(path)};
    for (std::string segment; std::getline(stream, segment, '/');) segments.push_back(segment);
    return segments;
}

std::vector<Operation> documented_operations() {
    std::vector<Operation> operations;
    std::ifstream file(DAYFLY_SOURCE_DIR "/tests/unit/fly_rest/openapi_operations.txt");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        auto const space = line.find(' ');
        operations.push_back({line.substr(0, space), split(line.substr(space + 1))});
    }
    return operations;
}

bool matches(Operation const& operation, fly::Call const& call) {
    auto const segments = split(http::path_of(call.target));
    return operation.method == call.method &&
           std::ranges::equal(operation.segments, segments,
                              [](auto const& wanted, auto const& is) { return wanted.starts_with('{') || wanted == is; });
}

class EveryCall : public RestFixture {};

TEST_F(EveryCall, IsAnOperationOfFlysDocument) {
    auto const operations = documented_operations();
    ASSERT_GT(operations.size(), 50u);
    for (auto const& invocation : every_call()) {
        wire.calls.clear();
        (void)run(invocation.run(api));
        ASSERT_FALSE(wire.calls.empty()) << invocation.name;
        auto const& call = wire.calls.front();
        // Those of the platform's own host are in no document.
        if (fly::is_at_platform_host(call.action)) continue;
        EXPECT_TRUE(std::ranges::any_of(operations, [&](auto const& operation) { return matches(operation, call); }))
            << invocation.name << ": " << call.method << " " << call.target;
    }
}

TEST_F(EveryCall, HasAnActionOfTheRightNature) {
    std::set<fly::Action> seen;
    for (auto const& invocation : every_call()) {
        wire.calls.clear();
        (void)run(invocation.run(api));
        seen.insert(wire.calls.front().action);
        EXPECT_EQ(fly::is_write(wire.calls.front().action), invocation.write) << invocation.name;
    }
    RestActivity activity(wire);
    wire.calls.clear();
    (void)run(activity.requests("acme", std::chrono::minutes(5)));
    seen.insert(wire.calls.front().action);
    EXPECT_FALSE(fly::is_write(wire.calls.front().action));
    EXPECT_EQ(seen.size(), fly::action_count) << "every action belongs to a method";
}

TEST_F(EveryCall, IsUnreadableWhenTheAnswerIsOfAnotherShape) {
    auto const shapes = {R"("text")",
                         "5",
                         "true",
                         "[5]",
                         "[null]",
                         "[[]]",
                         "[{}]",
                         R"([{"id":7}])",
                         R"({"id":{},"name":[],"config":7,"machines":7,"apps":{},"secrets":7,"ips":7,"volumes":"x","tokens":7,
                            "certificates":{},"regions":7,"data":7,"ok":"yes","version":"x","exit_code":"x","hostname":7,"ip":7,
                            "volume":7,"nonce":7,"address":7})",
                         "not JSON",
                         "<html>",
                         "{\"id\":",
                         "{\"id\":\"\xff\"}"};
    for (auto const* shape : shapes) {
        test::ScriptedWire answers([&](fly::Call const&) { return fly::Reply{.status = 200, .body = shape}; });
        RestApi strange(answers);
        for (auto const& invocation : every_call()) {
            if (!invocation.reads_answer) continue;
            // Events tell people things and decide nothing: a strange one is skipped.
            if (invocation.name == "list_events" && shape[0] == '[') continue;
            auto const error = run(invocation.run(strange));
            ASSERT_TRUE(error) << invocation.name << " took " << shape;
            EXPECT_EQ(error->kind, invocation.write ? ErrorKind::Ambiguous : ErrorKind::Unavailable)
                << invocation.name << shape;
            EXPECT_NE(error->message.find("unreadable answer"), std::string::npos) << error->message;
        }
    }
}

TEST_F(EveryCall, NeverTakesAnEmptyAnswerForAnEmptyList) {
    test::ScriptedWire answers([](fly::Call const&) { return fly::Reply{.status = 200}; });
    RestApi strange(answers);
    for (auto const& invocation : every_call()) {
        if (invocation.write) continue;
        EXPECT_TRUE(run(invocation.run(strange))) << invocation.name;
    }
}

TEST_F(EveryCall, TellsALostWriteAmbiguousAndALostReadUnavailable) {
    for (int const status : {408, 500, 502, 503, 504}) {
        test::ScriptedWire answers([&](fly::Call const&) { return fly::Reply{.status = status, .body = "<html></html>"}; });
        RestApi lost(answers);
        for (auto const& invocation : every_call()) {
            if (status == 408 && invocation.name == "wait_machine") continue;
            auto const error = run(invocation.run(lost));
            ASSERT_TRUE(error) << invocation.name;
            EXPECT_EQ(error->kind, invocation.write ? ErrorKind::Ambiguous : ErrorKind::Unavailable)
                << invocation.name << status;
        }
    }
}

TEST_F(EveryCall, IsSentOnce) {
    test::ScriptedWire answers([&](fly::Call const&) { return fly::Reply{.status = 503}; });
    RestApi lost(answers);
    for (auto const& invocation : every_call()) {
        answers.calls.clear();
        (void)run(invocation.run(lost));
        EXPECT_EQ(answers.calls.size(), 1u) << invocation.name << ": repeating is the caller's decision";
    }
}

}  // namespace
}  // namespace dayfly::fly_rest
