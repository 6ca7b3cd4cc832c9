// feedback_row.h: a row of analysis_feedback as triggers in C see it, its columns by their names.
#pragma once

extern "C" {
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/trigger.h"
}

namespace debrief {

enum class FeedbackColumn {
  kJobId,
  kUserId,
  kMessage,
  kNotBefore,
  kAskedAt,
  kDismissedAt,
  kUnproven,
  kUnprovenAt,
  kClaimToken,
  kClaimedBy,
  kLeaseExpiresAt,
  kSsmlStatus,
  kSsmlAttempts,
  kSsmlLastError,
  kSsmlErrorCode,
  kSsmlUpdatedAt,
  kSsmlDueAt,
  kAudioStatus,
  kAudioAttempts,
  kAudioLastError,
  kAudioErrorCode,
  kAudioUpdatedAt,
  kAudioDueAt,
};
constexpr int kFeedbackColumns = static_cast<int>(FeedbackColumn::kAudioDueAt) + 1;

struct SqlValue {
  Datum datum;
  bool is_null;
};
constexpr SqlValue kSqlNull = {0, true};

// Errors: datatype_mismatch, when the table has no such column, or one of another type.
SqlValue ValueOf(HeapTuple row, TupleDesc columns, FeedbackColumn column);

// What a trigger makes of a row.
class FeedbackChange {
 public:
  void Set(FeedbackColumn column, SqlValue value);
  HeapTuple AppliedTo(HeapTuple row, TupleDesc columns) const;

 private:
  int count_ = 0;
  FeedbackColumn columns_[kFeedbackColumns];
  SqlValue values_[kFeedbackColumns];
};

bool Is(SqlValue status, const char* expected);
SqlValue StatusValue(const char* status);
// As greatest(): null only where both are.
SqlValue Later(SqlValue a, SqlValue b);
// When a row is due that may begin at once: now, unless it has to wait.
SqlValue DueNow(SqlValue not_before);
// Whether a message has anything to speak; as not debrief._is_blank().
bool Speaks(SqlValue message);

}  // namespace debrief
