// What a repository is taken for.
#include "controller/github/detect.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/node_repositories.h"

namespace dayfly::github {
namespace {

/// A root folder with these files.
Clues root(std::map<std::string, std::string> const& files, std::set<std::string> const& more = {}) {
    Clues clues{.path = "", .root = more, .names = {}, .files = files};
    for (auto const& [name, text] : files) clues.root.insert(name);
    clues.names = clues.root;
    return clues;
}

bool mentions(Detection const& detection, std::string const& words) {
    return std::ranges::any_of(detection.findings,
                               [&](std::string const& finding) { return finding.find(words) != std::string::npos; });
}

TEST(Detect, ReadsScriptsAndLockFileOfANodeProject) {
    auto const found =
        detect_from(root({{"package.json", R"({"scripts":{"dev":"next dev","build":"next build","start":"next start"}})"}},
                         {"package-lock.json", "README.md"}));
    EXPECT_EQ(found.image, "node:22");
    EXPECT_EQ(found.install, "npm ci");
    EXPECT_EQ(found.build, "npm run build");
    EXPECT_EQ(found.start, "npm run dev");
    EXPECT_TRUE(found.findings.empty());
}

TEST(Detect, SkipsTheBuildWithoutAScriptAndStartsWithWhatThereIs) {
    EXPECT_EQ(detect_from(root({{"package.json", R"({"scripts":{"start":"node ."}})"}})).build, "");
    EXPECT_EQ(detect_from(root({{"package.json", R"({"scripts":{"start":"node ."}})"}})).start, "npm run start");
    EXPECT_EQ(detect_from(root({{"package.json", R"({"main":"lib.js"})"}, {"lib.js", ""}})).start, "node lib.js");
    EXPECT_EQ(detect_from(root({{"package.json", "{}"}, {"server.js", ""}})).start, "node server.js");
    auto const nothing = detect_from(root({{"package.json", "{}"}}));
    EXPECT_EQ(nothing.start, std::nullopt);
    EXPECT_TRUE(mentions(nothing, "spec.runtime.start"));
}

TEST(Detect, WritesTheCommandsThatAMachineWouldFindByItself) {
    for (auto const& repository : test::node_repositories()) {
        SCOPED_TRACE(repository.name);
        Clues clues{.path = repository.path, .root = {}, .names = {}};
        for (auto const& [file, text] : repository.files) {
            auto const slash = file.find('/');
            clues.root.insert(slash == std::string::npos ? file : file.substr(0, slash + 1));
            auto const folder = repository.path.empty() ? std::string() : repository.path + '/';
            if (!file.starts_with(folder)) continue;
            clues.names.insert(file.substr(folder.size()));
            clues.files[file.substr(folder.size())] = text;
        }
        auto const found = detect_from(clues);
        EXPECT_EQ(found.install, repository.install);
        EXPECT_EQ(found.build, repository.build);
        EXPECT_EQ(found.start.value_or(""), repository.start);
        EXPECT_EQ(mentions(found, "no lock file"), !repository.install.ends_with("-lockfile") &&
                                                       repository.install != "npm ci" &&
                                                       !repository.install.ends_with("immutable"));
    }
}

TEST(Detect, SaysWhichOfTwoLockFilesCounts) {
    auto const found = detect_from(root({{"package.json", R"({"packageManager":"npm@10.1.0","scripts":{"dev":"x"}})"}},
                                        {"package-lock.json", "pnpm-lock.yaml"}));
    EXPECT_TRUE(mentions(found, "pnpm and npm; npm is used"));
}

TEST(Detect, FindsTheLockFileOfAWorkspaceInTheRoot) {
    Clues clues{.path = "apps/web",
                .root = {"apps/", "pnpm-lock.yaml", "package.json"},
                .names = {"package.json"},
                .files = {{"package.json", R"({"scripts":{"dev":"vite"}})"}}};
    auto const found = detect_from(clues);
    EXPECT_EQ(found.start, "pnpm run dev --host 0.0.0.0 --port $PORT");
    EXPECT_TRUE(mentions(found, "workspace"));
}

TEST(Detect, TellsViteToListenToOthers) {
    EXPECT_EQ(detect_from(root({{"package.json", R"({"scripts":{"dev":"vite --open"}})"}}, {"package-lock.json"})).start,
              "npm run dev -- --host 0.0.0.0 --port $PORT");
    EXPECT_EQ(detect_from(root({{"package.json", R"({"scripts":{"dev":"vitest"}})"}}, {"package-lock.json"})).start,
              "npm run dev");
}

TEST(Detect, TakesTheNodeVersionThatIsAskedFor) {
    auto const image = [](std::string const& engines, std::map<std::string, std::string> more = {}) {
        more["package.json"] = R"({"engines":{"node":")" + engines + R"("}})";
        return detect_from(root(more)).image;
    };
    EXPECT_EQ(image("20.x"), "node:20");
    EXPECT_EQ(image(">=18"), "node:22");
    EXPECT_EQ(image("20", {{".nvmrc", "v18.19.0\n"}}), "node:18.19.0") << ".nvmrc is more exact";
    EXPECT_EQ(image("", {{".node-version", "24"}}), "node:24");
    EXPECT_EQ(image("", {{".nvmrc", "$(reboot)"}}), "node:22");
}

TEST(NodeTag, ReadsRangesAndNames) {
    for (auto const& [range, tag] :
         {std::pair{"^20.10", "20"},  std::pair{"~18.2.1", "18"},  std::pair{">=18 <21", "20"},     std::pair{">= 18", "22"},
          std::pair{"18 - 20", "20"}, std::pair{"16 || 18", "18"}, std::pair{"<20", "18"},          std::pair{"<=20.5", "20"},
          std::pair{">22", "24"},     std::pair{"*", "22"},        std::pair{"21", "21"},           std::pair{"v20", "20"},
          std::pair{"lts/*", "22"},   std::pair{"lts/iron", "20"}, std::pair{"20.11.1", "20.11.1"}, std::pair{"^26", "26"},
          std::pair{"", ""},          std::pair{"banana", ""},     std::pair{">=99", ""},           std::pair{"lts/none", ""},
          std::pair{"<14", ""}}) {
        EXPECT_EQ(node_tag(range), tag) << range;
    }
}

TEST(Detect, KnowsPython) {
    auto const fast =
        detect_from(root({{"requirements.txt", "fastapi\nuvicorn\n"}, {"main.py", ""}, {".python-version", "3.11.4"}}));
    EXPECT_EQ(fast.image, "python:3.11");
    EXPECT_EQ(fast.install, "python -m venv .venv && .venv/bin/pip install -r requirements.txt");
    EXPECT_EQ(fast.start, ".venv/bin/python -m uvicorn main:app --host 0.0.0.0 --port $PORT");
    EXPECT_EQ(detect_from(root({{"manage.py", ""}, {"requirements.txt", "Django"}})).start,
              ".venv/bin/python manage.py runserver 0.0.0.0:$PORT");
    EXPECT_EQ(detect_from(root({{"pyproject.toml", "flask"}, {"app.py", ""}})).start,
              ".venv/bin/python -m flask --app app run --host 0.0.0.0 --port $PORT");
    EXPECT_TRUE(mentions(detect_from(root({{"pyproject.toml", ""}})), "spec.runtime.start"));
}

TEST(Detect, KnowsGo) {
    auto const found = detect_from(root({{"go.mod", "module example.com/shop\n\ngo 1.22.3\n"}, {"main.go", ""}}));
    EXPECT_EQ(found.image, "golang:1.22");
    EXPECT_EQ(found.start, "./.dayfly-app");
    EXPECT_TRUE(mentions(detect_from(root({{"go.mod", "module x\n"}}, {"cmd/"})), "no main.go"));
}

TEST(Detect, KnowsStaticPages) {
    auto const found = detect_from(root({{"index.html", ""}}));
    EXPECT_EQ(found.install, "");
    EXPECT_EQ(found.build, "");
    EXPECT_EQ(found.start, "python -m http.server --bind 0.0.0.0 $PORT");
}

TEST(Detect, SaysThatADockerfileNeedsAnImage) {
    auto const only = detect_from(root({{"Dockerfile", "FROM x"}}));
    EXPECT_EQ(only.what, "");
    EXPECT_TRUE(mentions(only, "spec.source.image"));
    auto const both = detect_from(root({{"Dockerfile", ""}, {"package.json", "{}"}}));
    EXPECT_EQ(both.install, "npm install");
    EXPECT_TRUE(mentions(both, "spec.source.image"));
}

TEST(Detect, SaysWhenItKnowsNothing) {
    EXPECT_TRUE(mentions(detect_from(root({{"README.md", ""}})), "Nothing was recognised"));
    EXPECT_TRUE(mentions(detect_from(root({{"package.json", "{oops"}})), "not readable"));
    EXPECT_TRUE(mentions(detect_from(root({}, {"package.json"})), "not readable")) << "too large to be looked into";
}

}  // namespace
}  // namespace dayfly::github
