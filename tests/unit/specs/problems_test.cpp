// Every rule between fields and every message that is worth its wording: one wrong spec each, and the whole text of the
// problem.
#include <gtest/gtest.h>

#include <ostream>

#include "tests/unit/specs/spec_files.h"

namespace dayfly::specs {
namespace {

struct Wrong {
    char const* title;
    std::string text;
    std::vector<std::string> problems;
    friend void PrintTo(Wrong const& wrong, std::ostream* stream) { *stream << wrong.title; }
};

std::string git_object(std::string_view spec) {
    return object("  source: { git: { repository: acme/shop } }\n" + std::string(spec));
}

std::string annotated(std::string const& annotation) {
    return "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: a, annotations: { " + annotation +
           " } }\nspec: { source: { image: nginx } }\n";
}

class Rule : public testing::TestWithParam<Wrong> {};

TEST_P(Rule, IsToldWithPlaceAndRemedy) {
    auto const loaded = load_text(GetParam().text);

    EXPECT_EQ(problem_texts(loaded), GetParam().problems);
    EXPECT_TRUE(loaded.environments.empty());
}

std::vector<Wrong> const wrong_specs{
    {"unknown_field",
     image_object("  regoin: dfw\n"),
     {"a.yaml:6:3: spec.regoin: unknown field 'regoin', did you mean 'region'?"}},
    {"unknown_region",
     image_object("  region: dwf\n"),
     {"a.yaml:6:11: spec.region: 'dwf' is not known here, did you mean 'dfw'?"}},
    {"unknown_size",
     image_object("  machine: { size: shared-cpu2x }\n"),
     {"a.yaml:6:20: spec.machine.size: 'shared-cpu2x' is not known here, did you mean 'shared-cpu-2x'?"}},
    {"duplicate_key",
     image_object("  region: dfw\n  ttl: 1h\n  region: ord\n"),
     {"a.yaml:8:3: spec.region: duplicate key 'region', first written in line 6; keep one of them"}},
    {"merge_key",
     image_object("  machine: { <<: { size: shared-cpu-1x } }\n"),
     {"a.yaml:6:14: spec.machine.<<: merge keys are not read; write the fields out"}},
    {"no_source",
     object("  region: dfw\n"),
     {"a.yaml:5:3: spec.source: is missing; What is run: a git repository or an image built elsewhere."}},
    {"empty_source", object("  source: {}\n"), {"a.yaml:5:11: spec.source: says nothing; write one of: git, image"}},
    {"null_source",
     object("  source: { git: null }\n"),
     {"a.yaml:5:18: spec.source.git: nothing is not a map of fields; write name: value, one a line"}},
    {"two_sources",
     object("  source: { image: nginx, git: { repository: a/b } }\n"),
     {"a.yaml:5:27: spec.source.git: stands beside image; write only one of: git, image"}},
    {"two_revisions",
     object("  source: { git: { repository: a/b, branch: x, tag: y } }\n"),
     {"a.yaml:5:48: spec.source.git.tag: stands beside branch; write only one of: pullRequest, branch, tag, commit"}},
    {"short_commit",
     object("  source: { git: { repository: a/b, commit: abc123 } }\n"),
     {"a.yaml:5:45: spec.source.git.commit: 'abc123' is not a commit; write 7 to 40 lower-case hexadecimal digits"}},
    {"password_in_url",
     object("  source: { git: { repository: \"https://u:p@example.com/a/b\" } }\n"),
     {"a.yaml:5:32: spec.source.git.repository: this value is not a repository; write owner/name, or an "
      "https or ssh "
      "URL without a password"}},
    {"option_as_branch",
     object("  source: { git: { repository: a/b, branch: --upload-pack=x } }\n"),
     {"a.yaml:5:45: spec.source.git.branch: '--upload-pack=x' is not a branch or tag of git; write it as git shows it, such as "
      "feature/cart"}},
    {"path_outside",
     object("  source: { git: { repository: a/b, path: ../x } }\n"),
     {"a.yaml:5:43: spec.source.git.path: '../x' is not a path inside; write a relative path without '..'"}},
    {"spaces_in_image",
     object("  source: { image: 'ng inx' }\n"),
     {"a.yaml:5:20: spec.source.image: 'ng inx' is not an image; write registry/name:tag, as docker pull takes it"}},
    {"bad_name",
     image_object("", "Shop_PR"),
     {"a.yaml:3:19: metadata.name: 'Shop_PR' is not a DNS label; use lower-case letters, digits and inner dashes, at most 63"}},
    {"keep_until",
     "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironment\nmetadata: { name: a, annotations: { dayfly.dev/keep-until: "
     "tomorrow } "
     "}\nspec: { source: { image: nginx } }\n",
     {"a.yaml:3:60: metadata.annotations.dayfly.dev/keep-until: is not a moment in RFC 3339; write it as "
      "\"2026-10-01T18:00:00Z\""}},
    {"misspelt_annotation",
     annotated("dayfly.dev/keep-untill: \"2026-10-01T18:00:00Z\""),
     {"a.yaml:3:61: metadata.annotations.dayfly.dev/keep-untill: unknown annotation, did you mean 'dayfly.dev/keep-until'?"}},
    {"allow_replace_yes",
     annotated("dayfly.dev/allow-replace: \"yes\""),
     {"a.yaml:3:63: metadata.annotations.dayfly.dev/allow-replace: 'yes' says neither; write \"true\" to allow the loss of a "
      "volume, or remove the annotation"}},
    {"short_approved_sha",
     annotated("dayfly.dev/approved-sha: 3f9c2ab"),
     {"a.yaml:3:62: metadata.annotations.dayfly.dev/approved-sha: '3f9c2ab' is not a whole commit id; write all 40 lower-case "
      "hexadecimal digits"}},
    {"runtime_of_an_image",
     image_object("  runtime: { start: run }\n"),
     {"a.yaml:6:3: spec.runtime: is for git sources only; an image is run as it is"}},
    {"memory_without_unit",
     image_object("  machine: { memory: 512 }\n"),
     {"a.yaml:6:22: spec.machine.memory: '512' has no unit; write 512Mi"}},
    {"memory_in_megabytes",
     image_object("  machine: { memory: 1GB }\n"),
     {"a.yaml:6:22: spec.machine.memory: '1GB' has a unit that is not known here; write 1Gi"}},
    {"memory_in_kibibytes_beyond",
     image_object("  machine: { memory: 1024Ki }\n"),
     {"a.yaml:6:22: spec.machine.memory: '1024Ki' is out of range; write 256Mi to 128Gi"}},
    {"memory_in_bytes_beyond",
     image_object("  machine: { memory: 1099511627776 }\n"),
     {"a.yaml:6:22: spec.machine.memory: '1099511627776' is out of range; write 256Mi to 128Gi"}},
    {"memory_beyond_size",
     image_object("  machine: { size: shared-cpu-1x, memory: 4Gi }\n"),
     {"a.yaml:6:43: spec.machine.memory: shared-cpu-1x cannot have 4Gi; write 256Mi to 2Gi in steps of 256Mi, or another "
      "size"}},
    {"memory_between_steps",
     image_object("  machine: { memory: 700Mi }\n"),
     {"a.yaml:6:22: spec.machine.memory: shared-cpu-2x cannot have 700Mi; write 512Mi to 4Gi in steps of 256Mi, or another "
      "size"}},
    {"suspend_with_much_memory",
     image_object("  machine: { memory: 3Gi }\n  sleep: { mode: suspend }\n"),
     {"a.yaml:6:22: spec.machine.memory: a machine with 3Gi cannot be suspended; write at most 2Gi, or sleep.mode: stop"}},
    {"suspend_of_a_companion",
     image_object("  sleep: { mode: suspend }\n  companions: { db: { image: redis, machine: { size: performance-1x, memory: "
                  "3Gi } } }\n"),
     {"a.yaml:7:78: spec.companions.db.machine.memory: a machine with 3Gi cannot be suspended; write at most 2Gi, or "
      "sleep.mode: stop"}},
    {"count_with_volume",
     git_object("  machine: { count: 2 }\n"),
     {"a.yaml:6:21: spec.machine.count: 2 machines cannot share one volume; write count: 1 or volume: null"}},
    {"fallback_is_region",
     image_object("  fallbackRegions: [ord, dfw]\n"),
     {"a.yaml:6:26: spec.fallbackRegions[1]: 'dfw' is the region itself; write another one or remove it"}},
    {"fallback_twice",
     image_object("  fallbackRegions: [ord, ord]\n"),
     {"a.yaml:6:26: spec.fallbackRegions[1]: 'ord' stands in the list twice; keep one of them"}},
    {"merge_key_among_names",
     image_object("  env: { <<: { A: b } }\n"),
     {"a.yaml:6:10: spec.env.<<: merge keys are not read; write the fields out"}},
    {"long_names_alike",
     image_object("  env:\n    " + std::string(70, 'A') + "1: a\n    " + std::string(70, 'A') + "2: $(NONE)\n"),
     {"a.yaml:8:78: spec.env." + std::string(70, 'A') +
      "2: $(NONE) names no variable; define it in env, or write $$( for a plain $("}},
    {"unknown_reference_repeated",
     image_object("  env: { A: $(X) $(X) $(X) }\n"),
     {"a.yaml:6:13: spec.env.A: $(X) names no variable; define it in env, or write $$( for a plain $("}},
    {"tag",
     image_object("  region: !here dfw\n"),
     {"a.yaml:6:11: spec.region: a tag means nothing here; remove it, or put text that begins with '!' in quotes"}},
    {"binary",
     image_object("  env: { A: !!binary aGk= }\n"),
     {"a.yaml:6:13: spec.env.A: a tag means nothing here; remove it, or put text that begins with '!' in quotes"}},
    {"terminal_codes",
     image_object("  env: { A: \"a\\u009B31m\" }\n"),
     {"a.yaml:6:13: spec.env.A: the text holds a control character; remove it"}},
    {"direction_marks",
     image_object("  ttl: \"1\u202Eh\"\n"),
     {"a.yaml:6:8: spec.ttl: '1?h' is not a duration; write 10m to 8760h, or never"}},
    {"no_object_in_a_list",
     "apiVersion: dayfly.dev/v1alpha1\nkind: PreviewEnvironmentList\nitems: [7]\n",
     {"a.yaml:3:9: items[0]: text is not a map of fields; write name: value, one a line"}},
    {"env_name",
     image_object("  env: { 1X: a }\n"),
     {"a.yaml:6:10: spec.env.1X: the name '1X' is not a variable's name of your own; use letters, digits and underscores, no "
      "digit "
      "first; DAYFLY_ is set by Dayfly"}},
    {"unknown_reference",
     image_object("  env: { A: $(DAYFLY_URI) }\n"),
     {"a.yaml:6:13: spec.env.A: $(DAYFLY_URI) names no variable; did you mean $(DAYFLY_URL)? Write $$( for a plain $("}},
    {"circle",
     image_object("  env: { A: $(B), B: $(A), C: $(A) }\n"),
     {"a.yaml:6:13: spec.env.A: 'A' refers to itself; break the circle",
      "a.yaml:6:22: spec.env.B: 'B' refers to itself; break the circle"}},
    {"secret_and_env",
     image_object("  env: { A: a }\n  secrets: [{ name: A, from: { env: X } }]\n"),
     {"a.yaml:7:21: spec.secrets[0].name: 'A' is a variable in env too; keep one of them"}},
    {"secret_twice",
     image_object("  secrets: [{ name: A, from: { env: X } }, { name: A, from: { file: x } }]\n"),
     {"a.yaml:6:52: spec.secrets[1].name: 'A' is secrets[0] too; keep one of them"}},
    {"secret_from_two",
     image_object("  secrets: [{ name: A, from: { env: X, file: y } }]\n"),
     {"a.yaml:6:40: spec.secrets[0].from.file: stands beside env; write only one of: env, file, secret"}},
    {"secret_with_value",
     image_object("  secrets: [{ name: A, from: {}, value: hunter2 }]\n"),
     {"a.yaml:6:30: spec.secrets[0].from: says nothing; write one of: env, file, secret",
      "a.yaml:6:34: spec.secrets[0]: unknown field; write one of: name, from, build"}},
    {"secret_without_key",
     image_object("  secrets: [{ name: A, from: { secret: x } }]\n"),
     {"a.yaml:6:30: spec.secrets[0].from.key: is missing; name the key within the Kubernetes Secret"}},
    {"fork_secret",
     image_object("  secrets: [{ name: NPM_TOKEN, from: { env: X } }]\n  forkSecrets: [NPM_TOKE]\n"),
     {"a.yaml:7:17: spec.forkSecrets[0]: 'NPM_TOKE' is none of the secrets, did you mean 'NPM_TOKEN'?"}},
    {"port",
     image_object("  service: { port: 80a }\n"),
     {"a.yaml:6:20: spec.service.port: '80a' is not a whole number; write a whole number from 1 to 65535"}},
    {"octal_port",
     image_object("  service: { port: 080 }\n"),
     {"a.yaml:6:20: spec.service.port: '080' begins with a zero, which makes it octal to some readers of YAML; write a whole "
      "number from 1 to 65535"}},
    {"quoted_port",
     image_object("  service: { port: \"80\" }\n"),
     {"a.yaml:6:20: spec.service.port: the text '80' is not a number; remove the quotes"}},
    {"yes",
     image_object("  service: { forceHttps: yes }\n"),
     {"a.yaml:6:26: spec.service.forceHttps: 'yes' is not true or false; write true or false"}},
    {"private_domain",
     image_object("  service: { visibility: private, domains: [a.example.com] }\n"),
     {"a.yaml:6:44: spec.service.domains: a private service has no public address for domains; write visibility: public or "
      "remove them"}},
    {"domain",
     image_object("  service: { domains: [\"https://a.example.com\"] }\n"),
     {"a.yaml:6:24: spec.service.domains[0]: 'https://a.example.com' is not a host name; write it in lower case and in full, "
      "such as "
      "pr-42.preview.acme.dev"}},
    {"mount_root",
     image_object("  volume: { mountPath: / }\n"),
     {"a.yaml:6:24: spec.volume.mountPath: '/' is not a place for a volume; write an absolute path below '/', such as "
      "/workspace"}},
    {"part_called_web",
     image_object("  processes: { web: { start: x } }\n"),
     {"a.yaml:6:16: spec.processes.web: the name 'web' is not a name for a part; use lower-case letters, digits and inner "
      "dashes, at "
      "most 20; 'web' is the main machine's"}},
    {"part_twice",
     image_object("  processes: { db: { start: x } }\n  companions: { db: { image: redis } }\n"),
     {"a.yaml:7:21: spec.companions.db: 'db' is a process too; give one of them another name"}},
    {"companion_without_image",
     image_object("  companions: { db: {} }\n"),
     {"a.yaml:6:21: spec.companions.db.image: is missing; The image it runs."}},
    {"short_ttl", image_object("  ttl: 9m\n"), {"a.yaml:6:8: spec.ttl: '9m' is too short; write 10m to 8760h, or never"}},
    {"ttl_without_unit",
     image_object("  ttl: 72\n"),
     {"a.yaml:6:8: spec.ttl: '72' has no unit; write 72m or 72h or 72d, or never"}},
    {"short_sleep",
     image_object("  sleep: { after: 4m }\n"),
     {"a.yaml:6:19: spec.sleep.after: '4m' is too short; write 5m to 720h, or off, or auto"}},
    {"network",
     image_object("  fly: { network: 1net }\n"),
     {"a.yaml:6:19: spec.fly.network: '1net' is not a network's name; begin with a letter; use letters, digits and dashes, at "
      "most 63"}},
    {"app_name",
     image_object("  fly: { appName: Shop }\n"),
     {"a.yaml:6:19: spec.fly.appName: 'Shop' is not an app's name; use lower-case letters, digits and inner dashes, at most "
      "62"}},
    {"column_in_characters",
     image_object("  env: { \"größe\": a, B: $(X) }\n"),
     {"a.yaml:6:10: spec.env.größe: the name 'größe' is not a variable's name of your own; use letters, digits and "
      "underscores, no "
      "digit first; DAYFLY_ is set by Dayfly",
      "a.yaml:6:25: spec.env.B: $(X) names no variable; define it in env, or write $$( for a plain $("}},
    {"empty_value_at_the_end",
     image_object("  region:\n"),
     {"a.yaml:6:3: spec.region: nothing is not a word; write one of: ams, arn, "
      "bom, cdg, dfw, ewr, fra, gru, iad, jnb, lax, lhr, nrt, ord, sin, sjc, syd, yyz"}},
};

INSTANTIATE_TEST_SUITE_P(Load, Rule, testing::ValuesIn(wrong_specs), [](auto const& wrong) { return wrong.param.title; });

TEST(Load, TellsAllProblemsOfAFileAtOnceInTheirOrder) {
    auto const loaded = load_text(image_object("  ttl: 1m\n  regoin: x\n", "one") + "---\n" +
                                  image_object("  ttl: 1m\n", "two") + "---\n" + image_object("", "three"));

    EXPECT_EQ(problem_texts(loaded),
              (std::vector<std::string>{"a.yaml:6:8: spec.ttl: '1m' is too short; write 10m to 8760h, or never",
                                        "a.yaml:7:3: spec.regoin: unknown field 'regoin', did you mean 'region'?",
                                        "a.yaml:14:8: spec.ttl: '1m' is too short; write 10m to 8760h, or never"}));
    EXPECT_EQ(loaded.broken, (std::vector<Key>{{"default", "one"}, {"default", "two"}}));
    EXPECT_EQ(loaded.environments.size(), 1u);
    EXPECT_FALSE(loaded.identities_unknown);
}

}  // namespace
}  // namespace dayfly::specs
