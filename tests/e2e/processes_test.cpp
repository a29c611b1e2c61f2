// Real processes over real TLS: `dayfly simulator --tls` and `dayfly controller`, killed with kill -9 in the middle of their
// work.
#include "tests/e2e/processes.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/support/git_repository.h"

namespace dayfly::test {
namespace {

TEST_F(Processes, ConvergeOverTlsAndSayUnchangedTheSecondTime) {
    write_spec("one");
    auto const first = dayfly({"apply", "-f", (folder_ / "specs").string()});
    EXPECT_EQ(first.second, 0) << first.first;
    EXPECT_NE(first.first.find("ready"), std::string::npos) << first.first;
    auto const second = dayfly({"apply", "-f", (folder_ / "specs").string()});
    EXPECT_EQ(second.second, 0);
    EXPECT_NE(second.first.find("unchanged"), std::string::npos) << second.first;
    EXPECT_TRUE(nothing_to_do());
}

TEST_F(Processes, APlanShowsTheVolumeThatWouldBeLost) {
    auto const write = [&](std::string const& region) {
        std::ofstream(folder_ / "specs" / "shop.yaml")
            << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata:\n  name: shop\n"
               "  annotations: { dayfly.dev/allow-replace: \"true\" }\n"
               "spec:\n  source: { image: \"nginx:1\" }\n  volume: { size: 1Gi, mountPath: /data }\n  region: "
            << region << "\n";
    };
    write("dfw");
    ASSERT_EQ(dayfly({"apply", "-f", (folder_ / "specs").string()}).second, 0);
    write("ord");
    auto const [text, code] = dayfly({"plan", "-f", (folder_ / "specs").string(), "--detailed-exitcode"});
    EXPECT_EQ(code, 2) << text;
    EXPECT_NE(text.find("-/+ volume"), std::string::npos) << text;
    EXPECT_EQ(text.find("No changes"), std::string::npos) << text;
    EXPECT_EQ(dayfly({"diff", "-f", (folder_ / "specs").string()}).second, 1);
}

TEST_F(Processes, KilledAtAnyMomentTheNextOneFinishesWithoutADouble) {
    for (int i = 0; i < 4; ++i) write_spec("env-" + std::to_string(i));
    for (int round = 0; round < 12; ++round) {
        auto running = controller();
        std::this_thread::sleep_for(std::chrono::milliseconds(60 + 35 * round));
        EXPECT_EQ(running->end(SIGKILL), 128 + SIGKILL);
        if (round == 5) {
            for (int i = 0; i < 4; ++i) write_spec("env-" + std::to_string(i), "nginx:2");
        }
    }
    auto last = controller({"--until-ready"});
    EXPECT_EQ(last->wait(), 0) << slurp(folder_ / "controller.log");
    EXPECT_TRUE(nothing_to_do()) << slurp(folder_ / "controller.log");
    auto const [text, code] = dayfly({"plan", "-f", (folder_ / "specs").string(), "-o", "json"});
    EXPECT_TRUE(nlohmann::json::parse(text)["changes"].empty()) << text;
}

TEST_F(Processes, EndGracefullyAndTellWhatIsWrongWithAnExitCode) {
    write_spec("fine");
    auto running = controller();
    ASSERT_TRUE(eventually(20s, [&] {
        return slurp(folder_ / "controller.log").find("ready env=default/fine") != std::string::npos;
    })) << slurp(folder_ / "controller.log");
    EXPECT_EQ(running->end(SIGTERM), 0) << slurp(folder_ / "controller.log");

    std::ofstream(folder_ / "specs" / "wrong.yaml")
        << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: wrong }\nspec: { sorce: {} }\n";
    auto const invalid = dayfly({"validate", "-f", (folder_ / "specs").string()});
    EXPECT_EQ(invalid.second, 3);
    EXPECT_NE(invalid.first.find("wrong.yaml:4:9: spec.sorce"), std::string::npos) << invalid.first;
    EXPECT_EQ(dayfly({"validate"}).second, 2);
    EXPECT_EQ(dayfly({"validate", "-f", "/nowhere/at/all"}).second, 4);
    EXPECT_EQ(dayfly({"get", "--server", "http://127.0.0.1:1"}).second, 8);
}

TEST_F(Processes, TheControllerAnswersItsOwnQuestions) {
    write_spec("shop");
    auto running = controller();
    ASSERT_TRUE(eventually(20s, [&] {
        return slurp(folder_ / "controller.log").find("ready env=default/shop") != std::string::npos;
    })) << slurp(folder_ / "controller.log");
    auto const log = slurp(folder_ / "controller.log");
    auto const at = log.find("listen=") + 7;
    auto const server = log.substr(at, log.find('\n', at) - at);
    auto const table = dayfly({"get", "--server", server});
    EXPECT_EQ(table.second, 0);
    EXPECT_NE(table.first.find("shop   True    Running"), std::string::npos) << table.first;
    auto const [some, not_all] = dayfly({"get", "shop", "nope", "--server", server});
    EXPECT_EQ(not_all, 4);
    EXPECT_NE(some.find("shop   True"), std::string::npos) << some;
    EXPECT_NE(some.find("no environment named nope"), std::string::npos) << some;
    EXPECT_EQ(dayfly({"get", "shop", "-l", "team!=a,!team", "--server", server}).second, 0);
    EXPECT_EQ(dayfly({"get", "shop", "-l", "team in (a)", "--server", server}).second, 4);
    auto const written = dayfly({"get", "-o", "json", "--server", server}).first;
    std::ofstream(folder_ / "written.json") << written;
    EXPECT_EQ(dayfly({"validate", "-f", (folder_ / "written.json").string()}).second, 0) << written;
    EXPECT_NE(dayfly({"describe", "shop", "--server", server}).first.find("Conditions:"), std::string::npos);
    EXPECT_EQ(dayfly({"describe", "nobody", "--server", server}).second, 4);
    EXPECT_EQ(dayfly({"reconcile", "shop", "--server", server}).second, 0);
    EXPECT_EQ(dayfly({"approve-deletes", "nothing", "--server", server}).second, 4);

    // Fly refuses for ten seconds to start what has just stopped, and the tries in between grow apart.
    auto const is = [&](std::string const& state) {
        return eventually(60s,
                          [&] { return dayfly({"get", "shop", "--server", server}).first.find(state) != std::string::npos; });
    };
    EXPECT_EQ(dayfly({"sleep", "shop", "--server", server}).second, 0);
    EXPECT_TRUE(is("Sleeping")) << slurp(folder_ / "controller.log");
    EXPECT_EQ(dayfly({"wake", "shop", "--server", server}).second, 0);
    EXPECT_TRUE(is("Running")) << slurp(folder_ / "controller.log");
    EXPECT_EQ(dayfly({"suspend", "shop", "--server", server}).second, 0);
    EXPECT_TRUE(is("Suspended"));
    EXPECT_EQ(dayfly({"sleep", "shop", "--server", server}).second, 6);
    EXPECT_EQ(dayfly({"resume", "shop", "--server", server}).second, 0);
    EXPECT_TRUE(is("Running"));
    EXPECT_EQ(dayfly({"wake", "nobody", "--server", server}).second, 4);
    auto const refused = dayfly({"delete", "shop", "--server", server});
    EXPECT_EQ(refused.second, 6);
    EXPECT_NE(refused.first.find("shop.yaml"), std::string::npos) << refused.first;
}

TEST_F(Processes, FollowABranchAndKeepWhatRunsWhenItIsDeleted) {
    BareRepository const repository;
    auto const first = repository.commit("first");
    repository.set("refs/heads/feature", first);
    std::ofstream(folder_ / "specs" / "shop.yaml")
        << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\n"
        << "spec: { source: { git: { repository: \"file://" << repository.folder() << "\", branch: feature } } }\n";
    auto running = controller({"--allow-local-repositories", "--poll", "1s"});
    ASSERT_TRUE(eventually(20s, [&] {
        return slurp(folder_ / "controller.log").find("ready env=default/shop") != std::string::npos;
    })) << slurp(folder_ / "controller.log");
    auto const log = slurp(folder_ / "controller.log");
    auto const at = log.find("listen=") + 7;
    auto const server = log.substr(at, log.find('\n', at) - at);
    auto const shows = [&](std::string const& words) {
        return dayfly({"describe", "shop", "--server", server}).first.find(words) != std::string::npos;
    };
    EXPECT_TRUE(shows(first));

    auto const second = repository.commit("second", first);
    repository.set("refs/heads/feature", second);
    EXPECT_TRUE(eventually(20s, [&] { return shows(second); })) << slurp(folder_ / "controller.log");

    repository.git({"update-ref", "-d", "refs/heads/feature"});
    EXPECT_TRUE(eventually(20s, [&] { return shows("BranchNotFound"); })) << slurp(folder_ / "controller.log");
    EXPECT_TRUE(shows(second));
    EXPECT_FALSE(shows("Deleting"));
}

TEST_F(Processes, RefuseARepositoryOfThisMachineUnlessAllowed) {
    std::ofstream(folder_ / "specs" / "shop.yaml")
        << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\n"
        << "spec: { source: { git: { repository: \"file:///etc\" } } }\n";
    auto running = controller();
    EXPECT_TRUE(eventually(20s, [&] {
        return slurp(folder_ / "controller.log").find("--allow-local-repositories") != std::string::npos;
    })) << slurp(folder_ / "controller.log");
}

TEST_F(Processes, KilledInTheMiddleOfDeletionsAndReplacementsNothingIsLeftBehindOrDoubled) {
    auto const write = [&](std::string const& name, std::string const& region) {
        auto const path = folder_ / "specs" / (name + ".yaml");
        std::ofstream(path.string() + ".new")
            << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata:\n  name: " << name
            << "\n  annotations: { dayfly.dev/allow-replace: \"true\" }\nspec:\n  source: { image: \"nginx:1\" }\n  region: "
            << region << "\n  volume: { size: 1Gi, mountPath: /data }\n";
        fs::rename(path.string() + ".new", path);
    };
    for (auto const* const name : {"keep", "move", "drop-0", "drop-1"}) write(name, "dfw");
    auto first = controller({"--until-ready"});
    ASSERT_EQ(first->wait(), 0) << slurp(folder_ / "controller.log");

    write("move", "ord");
    for (auto const* const name : {"drop-0", "drop-1"}) fs::remove(folder_ / "specs" / (std::string(name) + ".yaml"));
    // A removal counts after two looks at the folder, so the later rounds are the ones that hit deletions.
    for (int round = 0; round < 14; ++round) {
        auto running = controller();
        std::this_thread::sleep_for(std::chrono::milliseconds(100 + 250 * round));
        EXPECT_EQ(running->end(SIGKILL), 128 + SIGKILL);
    }
    auto last = controller();
    ASSERT_TRUE(eventually(90s, [&] { return apps().size() == 2 && nothing_to_do(); })) << slurp(folder_ / "controller.log");
    EXPECT_EQ(last->end(SIGTERM), 0);
    auto const left = apps();
    for (auto const& [name, app] : left.items()) {
        EXPECT_EQ(app["machines"].size(), 1u) << name << app.dump();
        EXPECT_EQ(app["volumes"].size(), 1u) << name << app.dump();
        auto const region = name.starts_with("move-") ? "ord" : "dfw";
        EXPECT_EQ(app["machines"][0]["region"], region) << app.dump();
        EXPECT_EQ(app["volumes"][0]["region"], region) << app.dump();
    }
}

TEST_F(Processes, WhatRenderShowsIsWhatMakesTheEnvironment) {
    std::ofstream(folder_ / "specs" / "shop.yaml")
        << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\nspec:\n"
           "  source: { image: \"nginx:1\" }\n  service: { port: 8080 }\n  processes: { worker: { start: run } }\n";
    auto const [text, code] = dayfly({"render", "-f", (folder_ / "specs").string(), "-o", "json"});
    ASSERT_EQ(code, 0) << text;
    for (auto const& request : nlohmann::json::parse(text)[0]["flyRequests"]) {
        auto const answer = nlohmann::json::parse(ask(url_, "POST", request["POST"], request["body"].dump()));
        EXPECT_FALSE(answer.contains("error")) << request.dump() << '\n' << answer.dump();
    }
    EXPECT_TRUE(eventually(20s, [&] { return nothing_to_do(); }))
        << dayfly({"plan", "-f", (folder_ / "specs").string()}).first << apps().dump(1);
}

TEST_F(Processes, AShortNameMeansTheGithubThatIsNamed) {
    std::ofstream(folder_ / "specs" / "shop.yaml")
        << "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: shop }\nspec:\n"
           "  source: { git: { repository: acme/shop } }\n";
    auto const cloned = [&](std::vector<std::string> const& more) {
        std::vector<std::string> arguments{"render", "-f", (folder_ / "specs").string(), "-o", "json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        auto const requests = nlohmann::json::parse(dayfly(arguments).first)[0]["flyRequests"];
        return requests.back()["body"]["config"]["env"].value("DAYFLY_REPOSITORY", "");
    };
    EXPECT_EQ(cloned({}), "https://github.com/acme/shop.git");
    EXPECT_EQ(cloned({"--github-url", "https://git.acme.example/api/v3"}), "https://git.acme.example/acme/shop.git");
    auto const [text, code] = dayfly({"plan", "-f", (folder_ / "specs").string(), "--github-url", "http://example.com"});
    EXPECT_EQ(code, 2);
    EXPECT_NE(text.find("--github-url"), std::string::npos) << text;
}

TEST_F(Processes, TheNumbersOfAControllerAreFed) {
    write_spec("shop");
    auto running = controller();
    auto const server = server_of_controller();
    ASSERT_TRUE(eventually(20s, [&] {
        return slurp(folder_ / "controller.log").find("ready env=default/shop") != std::string::npos;
    })) << slurp(folder_ / "controller.log");
    auto const metrics = ask(server, "GET", "/metrics");
    auto const value = [&](std::string const& series) {
        auto const at = metrics.find("\n" + series + " ");
        return at == std::string::npos ? -1.0 : std::stod(metrics.substr(at + series.size() + 2));
    };
    EXPECT_GT(value("dayfly_log_messages_total{level=\"info\"}"), 3) << metrics;
    EXPECT_EQ(value("dayfly_fly_requests_in_flight"), 0) << metrics;
    EXPECT_EQ(value("dayfly_spec_reaction_seconds_count{source_type=\"directory\"}"), 1) << metrics;
    EXPECT_NE(metrics.find("workqueue_queue_duration_seconds_count"), std::string::npos);
    EXPECT_EQ(running->end(SIGTERM), 0);
}

}  // namespace
}  // namespace dayfly::test
