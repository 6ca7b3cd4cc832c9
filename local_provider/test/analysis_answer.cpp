#include "local_provider/test/analysis_answer.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <cmath>

#include "local_provider/test/running_server.h"

namespace debrief::local_provider {

std::string Answer::Described() const {
  std::string text = title + "\n" + summary + "\n";
  for (const Item& item : items) {
    text += std::to_string(item.seconds) + " " + item.category + ": " + item.message + "\n";
  }
  return text;
}

size_t Answer::CountNear(double seconds, const std::string& words) const {
  size_t count = 0;
  for (const Item& item : items) {
    if (std::fabs(item.seconds - seconds) <= 0.3 && item.message.find(words) != std::string::npos) {
      ++count;
    }
  }
  return count;
}

Answer ReadAnswer(const httplib::Result& result) {
  Answer answer;
  if (!result || result->status != 200) {
    ADD_FAILURE() << ErrorCode(result);
    return answer;
  }
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(result->body.c_str());
  EXPECT_FALSE(document.HasParseError());
  EXPECT_EQ(std::string(document["version"].GetString()).find("pg_debrief_local_provider 1.0 ("),
            0u);
  answer.title = document["title"].GetString();
  answer.summary = document["summary"].GetString();
  EXPECT_FALSE(answer.title.empty());
  for (const auto& one : document["feedback"].GetArray()) {
    answer.items.push_back({one["timestamp_seconds"].GetDouble(), one["category"].GetString(),
                            one["message"].GetString()});
  }
  return answer;
}

}  // namespace debrief::local_provider
