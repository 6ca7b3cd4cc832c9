// queue_load.cpp: work for the pipeline, all at once or without end, and how fast it gets done.
//
//   queue_load JOB_ID burst ROWS               one INSERT; prints seconds from its commit to the
//                                              last sound
//   queue_load JOB_ID steady SECONDS WAITING   keeps about WAITING rows in the queue; prints the
//                                              sounds of each second
#include <cstring>
#include <vector>

#include "bench/tools/pipeline.h"

namespace {

constexpr int64_t kPatienceUs = 300'000'000;

int Burst(const char* job_id, int rows) {
  int completed = 0;
  int64_t last_us = 0;
  bench::Pipeline pipeline(job_id, [&](int64_t, int64_t at_us) {
    completed++;
    last_us = at_us;
  });
  pipeline.Write(rows);
  const int64_t committed_us = bench::NowUs();
  pipeline.Listen(committed_us + kPatienceUs, [&] { return completed >= rows; });
  if (completed < rows) {
    std::fprintf(stderr, "queue_load: %d of %d rows were spoken\n", completed, rows);
    return 1;
  }
  std::printf("%.4f\n", static_cast<double>(last_us - committed_us) / 1e6);
  return 0;
}

int Steady(const char* job_id, int seconds, int waiting) {
  std::vector<int> of_second(static_cast<size_t>(seconds) + 1);
  int64_t written = 0, completed = 0;
  const int64_t began_us = bench::NowUs();
  const int64_t end_us = began_us + seconds * 1'000'000LL;
  bench::Pipeline pipeline(job_id, [&](int64_t, int64_t at_us) {
    completed++;
    if (at_us < end_us) of_second[static_cast<size_t>((at_us - began_us) / 1'000'000)]++;
  });
  while (bench::NowUs() < end_us) {
    if (written - completed < waiting) {
      pipeline.Write(waiting / 2);
      written += waiting / 2;
    }
    pipeline.Listen(end_us, [&] { return written - completed < waiting; });
  }
  pipeline.Listen(end_us + kPatienceUs, [&] { return completed >= written; });
  for (int second = 0; second < seconds; second++) {
    std::printf("%d\n", of_second[static_cast<size_t>(second)]);
  }
  return completed >= written ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[2], "burst") == 0) return Burst(argv[1], std::atoi(argv[3]));
  if (argc == 5 && std::strcmp(argv[2], "steady") == 0) {
    return Steady(argv[1], std::atoi(argv[3]), std::atoi(argv[4]));
  }
  std::fprintf(stderr,
               "usage: queue_load JOB_ID burst ROWS | queue_load JOB_ID steady SECONDS WAITING\n");
  return 2;
}
