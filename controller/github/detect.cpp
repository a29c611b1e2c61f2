#include "controller/github/detect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "controller/github/detect_node.h"

namespace dayfly::github {
namespace {

std::string text_of(Clues const& clues, std::string const& name) {
    auto const found = clues.files.find(name);
    return found == clues.files.end() ? std::string() : found->second;
}

/// The version behind `prefix` at the beginning of a line: "go 1.23.4".
std::string version_after(std::string_view text, std::string_view prefix) {
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        if (line.starts_with(prefix)) {
            auto const version = line.substr(prefix.size());
            return std::string(version.substr(0, version.find_first_not_of("0123456789.")));
        }
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return {};
}

/// "1.23" of "1.23.4".
std::string minor_of(std::string const& version) {
    auto const second = version.find('.', version.find('.') + 1);
    return version.find('.') == std::string::npos ? std::string() : version.substr(0, second);
}

Detection detect_python(Clues const& clues) {
    Detection detection{.what = "Python", .image = "python:3.13"};
    if (auto const version = minor_of(version_after(text_of(clues, ".python-version"), "")); !version.empty()) {
        detection.image = "python:" + version;
    }
    detection.build = "";
    // Below the checkout, on the volume, where it outlives a restart of the machine.
    constexpr auto virtual_environment = "python -m venv .venv && .venv/bin/pip install ";
    if (clues.names.contains("requirements.txt")) {
        detection.install = fmt::format("{}-r requirements.txt", virtual_environment);
    } else if (clues.names.contains("uv.lock")) {
        detection.install = fmt::format("{}uv && .venv/bin/uv sync --frozen --inexact", virtual_environment);
    } else if (clues.names.contains("poetry.lock")) {
        detection.install =
            fmt::format("{}poetry && POETRY_VIRTUALENVS_CREATE=false .venv/bin/poetry install", virtual_environment);
    } else {
        detection.install = fmt::format("{}.", virtual_environment);
    }
    auto const wanted = text_of(clues, "requirements.txt") + text_of(clues, "pyproject.toml");
    auto const entry = clues.names.contains("main.py")  ? std::string("main")
                       : clues.names.contains("app.py") ? std::string("app")
                                                        : "";
    if (clues.names.contains("manage.py")) {
        detection.what = "Python, Django";
        detection.start = ".venv/bin/python manage.py runserver 0.0.0.0:$PORT";
    } else if (!entry.empty() && wanted.find("fastapi") != std::string::npos) {
        detection.what = "Python, FastAPI";
        detection.start = fmt::format(".venv/bin/python -m uvicorn {}:app --host 0.0.0.0 --port $PORT", entry);
    } else if (!entry.empty() && (wanted.find("flask") != std::string::npos || wanted.find("Flask") != std::string::npos)) {
        detection.what = "Python, Flask";
        detection.start = fmt::format(".venv/bin/python -m flask --app {} run --host 0.0.0.0 --port $PORT", entry);
    } else if (!entry.empty()) {
        detection.start = fmt::format(".venv/bin/python {}.py", entry);
        detection.findings.emplace_back("The program must listen on 0.0.0.0 at the port in PORT.");
    } else {
        detection.findings.emplace_back("There is no manage.py, main.py or app.py: write spec.runtime.start.");
    }
    return detection;
}

Detection detect_go(Clues const& clues) {
    Detection detection{.what = "Go", .image = "golang:1"};
    if (auto const version = minor_of(version_after(text_of(clues, "go.mod"), "go ")); !version.empty()) {
        detection.image = "golang:" + version;
    }
    detection.install = "go mod download";
    if (clues.names.contains("main.go")) {
        detection.build = "go build -o .dayfly-app .";
        detection.start = "./.dayfly-app";
        detection.findings.emplace_back("The program must listen on 0.0.0.0 at the port in PORT.");
    } else {
        detection.findings.emplace_back(
            "There is no main.go in this folder: write spec.runtime.build and start, or another path.");
    }
    return detection;
}

Detection detect_static() {
    return {.what = "static pages",
            .image = "python:3.13",
            .install = "",
            .build = "",
            .start = "python -m http.server --bind 0.0.0.0 $PORT",
            .findings = {}};
}

Detection detect_language(Clues const& clues) {
    auto const has = [&](char const* name) { return clues.names.contains(name); };
    if (has("package.json")) return detect_node(clues);
    if (has("go.mod")) return detect_go(clues);
    if (has("requirements.txt") || has("pyproject.toml") || has("manage.py")) return detect_python(clues);
    if (has("index.html")) return detect_static();
    return {};
}

}  // namespace

std::vector<std::string> files_to_read(Clues const& clues) {
    static constexpr std::array<std::string_view, 7> useful{"package.json",     ".nvmrc",         ".node-version",  "go.mod",
                                                            "requirements.txt", "pyproject.toml", ".python-version"};
    std::vector<std::string> files;
    for (auto const name : useful) {
        if (clues.names.contains(std::string(name)) && files.size() < 5) files.emplace_back(name);
    }
    return files;
}

Detection detect_from(Clues const& clues) {
    auto detection = detect_language(clues);
    bool const has_dockerfile = clues.names.contains("Dockerfile");
    if (detection.what.empty() && has_dockerfile) {
        detection.findings.emplace_back(
            "There is a Dockerfile, and Dayfly builds no images: build it in CI, push it to a registry, and write "
            "spec.source.image instead of spec.source.git.");
    } else if (has_dockerfile) {
        detection.findings.emplace_back(
            "There is a Dockerfile too. To run its image, build it in CI and write spec.source.image instead of "
            "spec.source.git.");
    } else if (detection.what.empty()) {
        detection.findings.emplace_back(
            "Nothing was recognised: no package.json, go.mod, requirements.txt, pyproject.toml, index.html or Dockerfile. "
            "Write spec.runtime by hand, or another path.");
    }
    return detection;
}

}  // namespace dayfly::github
