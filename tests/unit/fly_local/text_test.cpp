// The two readers of text: heads of requests, and lines of output.
#include <gtest/gtest.h>

#include "controller/fly_local/line_splitter.h"
#include "controller/fly_local/request_head.h"

namespace dayfly::fly_local {
namespace {

std::string app_of(std::string const& host) {
    auto const head = read_head("GET / HTTP/1.1\r\nHost: " + host);
    return head ? head->app() : "refused: " + head.error();
}

TEST(RequestHead, TheHostNamesTheApp) {
    EXPECT_EQ(app_of("shop-k7f2.localhost:8081"), "shop-k7f2");
    EXPECT_EQ(app_of("Shop.LOCALHOST"), "shop");
    EXPECT_EQ(app_of("shop.localhost.:80"), "shop");
    EXPECT_EQ(app_of("shop.fly.dev"), "shop");
    EXPECT_EQ(app_of("localhost:8081"), "");
    EXPECT_EQ(app_of("127.0.0.1:8081"), "");
    EXPECT_EQ(app_of("shop.localhost.evil.example"), "");
}

TEST(RequestHead, IsPassedOnForOneRequestWithItsOrigin) {
    auto const head = read_head(
        "POST /a?b=c HTTP/1.1\r\nHost: shop.localhost:81\r\nConnection: keep-alive\r\nX-Forwarded-For: 6.6.6.6\r\n"
        "Content-Length: 3");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->forwarded("10.0.0.1"),
              "POST /a?b=c HTTP/1.1\r\nHost: shop.localhost:81\r\nX-Forwarded-Host: shop.localhost:81\r\nContent-Length: 3\r\n"
              "Connection: close\r\nX-Forwarded-For: 10.0.0.1\r\nFly-Client-IP: 10.0.0.1\r\nX-Forwarded-Proto: http\r\n\r\n");
}

TEST(RequestHead, AWebsocketKeepsItsConnection) {
    auto const head = read_head("GET / HTTP/1.1\r\nHost: a.localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade");
    ASSERT_TRUE(head);
    EXPECT_NE(head->forwarded("::1").find("\r\nConnection: Upgrade\r\n"), std::string::npos);
    EXPECT_NE(head->forwarded("::1").find("\r\nUpgrade: websocket\r\n"), std::string::npos);
}

TEST(RequestHead, WhatIsNoneIsRefused) {
    for (std::string const text :
         {"", "GET", "GET /", "GET / HTTP/2", "GET  HTTP/1.1", "GET /a b HTTP/1.1\r\nHost: a", "GET / HTTP/1.1",
          "GET / HTTP/1.1\r\nHost: a\r\nHost: b", "GET / HTTP/1.1\r\nHost: a\r\nno colon", "GET / HTTP/1.1\r\nHost: a\r\n: b",
          "GET / HTTP/1.1\r\nHost: a\r\nA b: c", "GET / HTTP/1.1\r\nHost: a\r\nA: b\nX: y"}) {
        EXPECT_FALSE(read_head(text)) << text;
    }
    std::string many = "GET / HTTP/1.1\r\nHost: a";
    for (int i = 0; i < 300; ++i) many += "\r\nA: b";
    EXPECT_FALSE(read_head(many));
}

TEST(RequestHead, AResponsesStatusIsInItsFirstLine) {
    EXPECT_EQ(status_of("HTTP/1.1 204 No Content\r\n"), 204);
    EXPECT_EQ(status_of("HTTP/1.0 500"), 500);
    EXPECT_EQ(status_of("SSH-2.0-x"), 0);
    EXPECT_EQ(status_of("HTTP/1.1 2x4 "), 0);
}

TEST(Lines, AreCutWhereTheyEndHoweverTheyCome) {
    std::vector<std::string> lines;
    LineSplitter splitter([&](std::string line) { lines.push_back(std::move(line)); });
    for (auto const* const piece : {"on", "e\ntwo\r\n\nth", "ree"}) splitter.add(piece);
    splitter.finish();
    splitter.finish();
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "", "three"}));
}

TEST(Lines, AreBounded) {
    std::vector<std::string> lines;
    LineSplitter splitter([&](std::string line) { lines.push_back(std::move(line)); });
    splitter.add(std::string(10'000, 'x'));
    splitter.add("\n");
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0].size(), LineSplitter::longest);
    EXPECT_EQ(lines[2].size(), 10'000 - 2 * LineSplitter::longest);
}

}  // namespace
}  // namespace dayfly::fly_local
