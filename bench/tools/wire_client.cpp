// wire_client.cpp: writes rows at a steady rate and says when each was committed and spoken.
//
//   wire_client JOB_ID ROWS ROWS_PER_SECOND
//
// A row a transaction, at fixed times whatever came before: a late row is not taken off the load.
// Prints a line a row: id, commit (its acknowledgement) and completion; -1 when that never came.
#include <unordered_map>
#include <vector>

#include "bench/tools/pipeline.h"

namespace {
constexpr int64_t kPatienceUs = 30'000'000;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: wire_client JOB_ID ROWS ROWS_PER_SECOND\n");
    return 2;
  }
  std::unordered_map<int64_t, int64_t> done;
  std::vector<std::pair<int64_t, int64_t>> written;
  bench::Pipeline pipeline(argv[1], [&](int64_t id, int64_t at_us) { done.emplace(id, at_us); });
  const int rows = std::atoi(argv[2]);
  const double apart_us = 1'000'000 / std::atof(argv[3]);
  const int64_t began_us = bench::NowUs();
  for (int row = 0; row < rows; row++) {
    pipeline.Listen(began_us + static_cast<int64_t>(row * apart_us));
    const int64_t id = pipeline.Write(1);
    written.emplace_back(id, bench::NowUs());
  }
  auto all_done = [&] {
    for (const auto& row : written) {
      if (!done.contains(row.first)) return false;
    }
    return true;
  };
  pipeline.Listen(bench::NowUs() + kPatienceUs, all_done);
  for (const auto& [id, committed_us] : written) {
    const auto found = done.find(id);
    std::printf("%lld %lld %lld\n", static_cast<long long>(id),
                static_cast<long long>(committed_us),
                static_cast<long long>(found == done.end() ? -1 : found->second));
  }
}
