#include "console/options.h"

#include <gtest/gtest.h>

namespace debrief::console {
namespace {

std::string file_content;

std::variant<Options, std::string> Parse(const std::vector<std::string>& arguments) {
  return ParseOptions(arguments, [](const std::string& path) -> std::optional<std::string> {
    if (path != "/etc/console.conf") return std::nullopt;
    return file_content;
  });
}

Options Good(const std::vector<std::string>& arguments) {
  const auto parsed = Parse(arguments);
  const auto* const problem = std::get_if<std::string>(&parsed);
  EXPECT_EQ(problem, nullptr) << *problem;
  return problem == nullptr ? std::get<Options>(parsed) : Options();
}

std::string Problem(const std::vector<std::string>& arguments) {
  const auto parsed = Parse(arguments);
  const auto* const problem = std::get_if<std::string>(&parsed);
  return problem == nullptr ? "" : *problem;
}

TEST(ConsoleOptions, Defaults) {
  const Options options = Good({});
  EXPECT_EQ(options.listen->Text(), "127.0.0.1:8094");
  EXPECT_FALSE(options.metrics_listen);
  EXPECT_FALSE(options.open);
}

TEST(ConsoleOptions, CommandLineGoesBeforeFile) {
  file_content = "# the database\n dsn = dbname=app user=console \n\nlisten=[::1]:1\nopen = on\n";
  const Options options = Good({"--config", "/etc/console.conf", "--listen", "127.0.0.2:7"});
  EXPECT_EQ(options.dsn, "dbname=app user=console");
  EXPECT_EQ(options.metrics_dsn, options.dsn);
  EXPECT_EQ(options.login_dsn, options.dsn);
  EXPECT_EQ(options.listen->Text(), "127.0.0.2:7");
  EXPECT_TRUE(options.open);
}

TEST(ConsoleOptions, ErrorsNameTheOption) {
  EXPECT_EQ(Problem({"--lissen", "x"}), "unknown option: lissen");
  EXPECT_EQ(Problem({"--dsn"}), "option dsn needs a value");
  EXPECT_EQ(Problem({"dsn"}), "not an option: dsn");
  EXPECT_NE(Problem({"--listen", "example.org:80"}).find("option listen must be"),
            std::string::npos);
  EXPECT_NE(Problem({"--listen", "127.0.0.1:70000"}), "");
  EXPECT_NE(Problem({"--path-prefix", "debrief"}), "");
  EXPECT_NE(Problem({"--path-prefix", "/debrief/"}), "");
  EXPECT_NE(Problem({"--store", "recordings"}), "");
  EXPECT_NE(Problem({"--host", "https://example.org"}), "");
  EXPECT_EQ(Problem({"--config", "/none"}), "cannot read the configuration file /none");
  file_content = "\nlisten\n";
  EXPECT_EQ(Problem({"--config", "/etc/console.conf"}),
            "/etc/console.conf, line 2: not \"name = value\"");
}

TEST(ConsoleOptions, BeyondLoopbackOnlyBehindTls) {
  EXPECT_NE(Problem({"--listen", "0.0.0.0:8094"}).find("--behind-tls"), std::string::npos);
  EXPECT_EQ(Problem({"--listen", "0.0.0.0:8094", "--behind-tls"}), "");
  EXPECT_NE(Problem({"--listen", "0.0.0.0:8094", "--behind-tls", "--open"}), "");
  EXPECT_NE(Problem({"--open", "--host", "console.example.org"}), "");
}

TEST(ConsoleOptions, JwtIsWholeOrNotThere) {
  EXPECT_NE(Problem({"--jwt-algorithm", "none", "--jwt-key-file", "/k"}), "");
  EXPECT_NE(Problem({"--jwt-algorithm", "HS256"}), "");
  EXPECT_NE(Problem({"--jwt-audience", "app"}), "");
  EXPECT_EQ(Problem({"--jwt-algorithm", "ES256", "--jwt-key-file", "/k"}), "");
}

}  // namespace
}  // namespace debrief::console
