// pipeline.h: the application's side of a measurement: writes feedback rows, hears when their sound
// is there.
//
// One connection writes; another LISTENs to debrief_status, so that waiting costs the server no
// query. Times are microseconds of CLOCK_MONOTONIC.
#pragma once

#include <libpq-fe.h>
#include <poll.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace bench {

inline int64_t NowUs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
}

class Pipeline {
 public:
  // Called with a row's id and the time at which its completion was heard.
  using Completed = std::function<void(int64_t id, int64_t at_us)>;

  // The connections are those of PGHOST and its like.
  Pipeline(std::string job_id, Completed completed)
      : writer_(Connect()),
        listener_(Connect()),
        job_id_(std::move(job_id)),
        completed_(std::move(completed)) {
    Finish(PQexec(listener_, "LISTEN debrief_status"), listener_);
    Finish(PQprepare(writer_, "rows",
                     "INSERT INTO debrief.analysis_feedback (analysis_job_id, message)"
                     " SELECT $1, 'Well done, and keep your pace.' FROM generate_series(1, $2::int)"
                     " RETURNING id",
                     2, nullptr),
           writer_);
  }

  // Writes rows in one transaction; answers the first one's id.
  int64_t Write(int rows) {
    const std::string count = std::to_string(rows);
    const char* values[] = {job_id_.c_str(), count.c_str()};
    PGresult* result = PQexecPrepared(writer_, "rows", 2, values, nullptr, nullptr, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) Die(writer_);
    const int64_t id = std::atoll(PQgetvalue(result, 0, 0));
    PQclear(result);
    return id;
  }

  // Hears what is announced until then, or until `enough` says so.
  void Listen(int64_t until_us, const std::function<bool()>& enough = {}) {
    do {
      const int64_t left_us = until_us > NowUs() ? until_us - NowUs() : 0;
      pollfd wanted{.fd = PQsocket(listener_), .events = POLLIN, .revents = 0};
      const timespec timeout{.tv_sec = left_us / 1'000'000, .tv_nsec = left_us % 1'000'000 * 1000};
      if (ppoll(&wanted, 1, &timeout, nullptr) > 0) Hear();
      if (enough && enough()) return;
    } while (NowUs() < until_us);
  }

 private:
  [[noreturn]] static void Die(PGconn* connection) {
    std::fprintf(stderr, "%s", PQerrorMessage(connection));
    std::exit(1);
  }

  static PGconn* Connect() {
    PGconn* connection = PQconnectdb("");
    if (PQstatus(connection) != CONNECTION_OK) Die(connection);
    return connection;
  }

  static void Finish(PGresult* result, PGconn* connection) {
    if (PQresultStatus(result) != PGRES_COMMAND_OK) Die(connection);
    PQclear(result);
  }

  void Hear() {
    const int64_t now_us = NowUs();
    if (PQconsumeInput(listener_) == 0) Die(listener_);
    while (PGnotify* notification = PQnotifies(listener_)) {
      const std::string_view words(notification->extra);
      if (words.find("\"audio\"") != std::string_view::npos &&
          words.find("\"completed\"") != std::string_view::npos) {
        size_t at = words.find('[');
        while (at != std::string_view::npos && words[at] != ']') {
          completed_(std::atoll(words.data() + at + 1), now_us);
          at = words.find_first_of(",]", at + 1);
        }
      }
      PQfreemem(notification);
    }
  }

  PGconn* writer_;
  PGconn* listener_;
  std::string job_id_;
  Completed completed_;
};

}  // namespace bench
