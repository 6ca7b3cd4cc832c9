// history.cpp: counts what is settled, in the transaction that settles it.

#include "bgworker/backend/slot.h"
#include "bgworker/database/rows.h"
#include "bgworker/database/statements.h"

namespace debrief {

void CountOutcomes::Keep(const SqlRows& found, size_t first) {
  for (int row = 0; row < found.rows; row++) {
    if (rows::Outcome(found.At(row, 0)) == SettleOutcome::kSettled) continue;
    counts.Remove(*added[first + static_cast<size_t>(row)]);
  }
}

void CountOutcomes::Run(MemoryContext context) const {
  static Statement count = {
      "select debrief._count_outcomes($1::int, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
      " $14, $15, $16, $17)"};
  const SqlArgument arguments[] = {
      Int(slot::Ordinal()),          Texts(counts.stages),       Texts(counts.servers),
      Texts(counts.outcomes),        Texts(counts.codes),        Ints(counts.counts),
      Ints(counts.attempts),         Ints(counts.wait.total_ms), Ints(counts.wait.buckets),
      Ints(counts.call.total_ms),    Ints(counts.call.buckets),  Ints(counts.duration.total_ms),
      Ints(counts.duration.buckets), Ints(counts.input_tokens),  Ints(counts.output_tokens),
      Ints(counts.characters),       Ints(counts.audio_ms)};
  debrief::Run(&count, arguments, 17, context);
}

}  // namespace debrief
