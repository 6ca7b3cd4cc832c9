#include "outside/options.h"

#include <gtest/gtest.h>

#include "console/option_file.h"

namespace debrief::outside {
namespace {

std::variant<Options, std::string> Parse(const std::vector<std::string>& arguments) {
  return ParseOptions(arguments, [](const std::string& path) -> std::optional<std::string> {
    if (path != "/etc/worker.conf") return std::nullopt;
    return "# the database\ndsn = dbname=app\nkey-file = /etc/keys\npoll = 200\n";
  });
}

std::string Problem(const std::vector<std::string>& arguments) {
  const auto parsed = Parse(arguments);
  const auto* const problem = std::get_if<std::string>(&parsed);
  return problem == nullptr ? "" : *problem;
}

TEST(OutsideOptions, TheCommandLineGoesBeforeTheFile) {
  const auto parsed = Parse({"--config", "/etc/worker.conf", "--poll", "50", "--once"});
  const Options& options = std::get<Options>(parsed);
  EXPECT_EQ(options.dsn, "dbname=app");
  EXPECT_EQ(options.poll_ms, 50);
  EXPECT_TRUE(options.once);
  EXPECT_EQ(options.settings.at("key_file"), "/etc/keys");
  EXPECT_EQ(options.settings.size(), 1u);
}

TEST(OutsideOptions, WhatIsWrongIsSaid) {
  EXPECT_EQ(Problem({"worker"}), "not an option: worker");
  EXPECT_EQ(Problem({"--workers", "2"}), "unknown option: workers");
  EXPECT_EQ(Problem({"--dsn"}), "option dsn needs a value");
  EXPECT_EQ(Problem({"--dsn", ""}), "option dsn is empty");
  EXPECT_EQ(Problem({"--poll", "1"}),
            "option poll must be milliseconds, from 10 to 3600000, not \"1\"");
  EXPECT_EQ(Problem({"--config", "/none"}), "cannot read the configuration file /none");
}

TEST(OutsideOptions, OnlyAFileIsRead) {
  EXPECT_EQ(console::FileContent("/"), std::nullopt);
  EXPECT_EQ(console::FileContent("/none"), std::nullopt);
  EXPECT_EQ(console::FileContent("/dev/null"), "");
}

}  // namespace
}  // namespace debrief::outside
