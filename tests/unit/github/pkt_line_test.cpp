// Git's packets, and what is no address, as pure text.
#include "controller/github/pkt_line.h"

#include <gtest/gtest.h>

#include "controller/github/address.h"
#include "controller/github/ls_refs.h"

namespace dayfly::github {
namespace {

TEST(PktLine, IsReadAsItWasWritten) {
    auto const stream =
        pkt_line("command=ls-refs") + std::string(delimiter_packet) + pkt_line("peel") + std::string(flush_packet);
    EXPECT_EQ(stream, "0014command=ls-refs\n00010009peel\n0000");
    auto const packets = read_packets(stream);
    ASSERT_TRUE(packets);
    ASSERT_EQ(packets->size(), 4u);
    EXPECT_EQ((*packets)[0].text, "command=ls-refs");
    EXPECT_EQ((*packets)[1].kind, Packet::Kind::Delimiter);
    EXPECT_EQ((*packets)[2].text, "peel");
    EXPECT_EQ((*packets)[3].kind, Packet::Kind::Flush);
}

TEST(PktLine, RefusesWhatIsNotWhole) {
    for (auto const* stream : {"000", "0003", "0009pe", "zzzz", "-001", "+001", "<html>", "0009peel\n00"}) {
        EXPECT_FALSE(read_packets(stream)) << stream;
    }
}

TEST(LsRefs, RefusesAnAnswerThatEndsTooEarly) {
    auto const line = pkt_line(std::string(40, 'a') + " refs/heads/main");
    EXPECT_FALSE(read_ls_refs(line)) << "without the flush packet";
    EXPECT_FALSE(read_ls_refs(""));
    EXPECT_FALSE(read_ls_refs(pkt_line("oops refs/heads/main") + std::string(flush_packet)));
    auto const references = read_ls_refs(line + std::string(flush_packet));
    ASSERT_TRUE(references);
    EXPECT_EQ(references->commits.at("refs/heads/main"), std::string(40, 'a'));
}

TEST(RepositoryAddress, KnowsGithubInAllItsSpellings) {
    for (auto const* text :
         {"acme/shop", "https://github.com/acme/shop", "https://github.com/acme/shop.git", "https://GitHub.com/acme/shop/",
          "git@github.com:acme/shop.git", "ssh://git@github.com/acme/shop.git"}) {
        auto const address = parse_address(text, "github.com");
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->kind, Address::Kind::Github) << text;
        EXPECT_EQ(address->text, "acme/shop") << text;
    }
}

TEST(RepositoryAddress, TellsOtherHostsAndThisMachine) {
    auto const gitlab = parse_address("git@gitlab.com:group/sub/shop.git", "github.com");
    ASSERT_TRUE(gitlab);
    EXPECT_EQ(gitlab->kind, Address::Kind::Remote);
    EXPECT_EQ(gitlab->text, "https://gitlab.com/group/sub/shop.git");
    EXPECT_FALSE(gitlab->is_local);
    EXPECT_TRUE(parse_address("http://127.0.0.1:3000/a.git", "github.com")->is_local);
    EXPECT_TRUE(parse_address("https://localhost/a.git", "github.com")->is_local);
    EXPECT_TRUE(parse_address("file:///srv/a.git", "github.com")->is_local);
}

TEST(RepositoryAddress, RefusesTheRestAndRepeatsNoPassword) {
    for (auto const* text :
         {"", "shop", "a/b/c", "../shop", "a/..", "http://example.com/a.git", "https://ana:s3cret@example.com/a.git",
          "ftp://example.com/a", "https://example.com/a?token=s3cret", "-oProxyCommand=x"}) {
        auto const address = parse_address(text, "github.com");
        ASSERT_FALSE(address) << text;
        EXPECT_EQ(address.error().message.find("s3cret"), std::string::npos);
    }
}

}  // namespace
}  // namespace dayfly::github
