#include "local_provider/findings.h"

#include <algorithm>
#include <utility>

#include "local_provider/picture_findings.h"
#include "local_provider/sound_findings.h"

namespace debrief::local_provider {

std::vector<FeedbackItem> FindFeedback(const Measurements& measured, const Thresholds& thresholds) {
  std::vector<FeedbackItem> items = FindInPicture(measured, thresholds);
  for (FeedbackItem& item : FindInSound(measured, thresholds)) items.push_back(std::move(item));
  if (items.size() > kFeedbackItemsMax) {
    std::stable_sort(items.begin(), items.end(), [](const auto& left, const auto& right) {
      return left.impact > right.impact;
    });
    items.resize(kFeedbackItemsMax);
  }
  std::stable_sort(items.begin(), items.end(), [](const auto& left, const auto& right) {
    return left.timestamp_seconds < right.timestamp_seconds;
  });
  return items;
}

}  // namespace debrief::local_provider
