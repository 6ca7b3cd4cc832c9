// option_values.h: checks the value of one option of CREATE SERVER.
#pragma once

namespace debrief {

enum class Kind { kUrl, kPath, kMode, kKeyName, kNumber, kWhole, kWord, kText };

// What a value must look like. Words are names of models, voices, regions, formats; what a service
// knows of them changes, so that they are not listed here.
struct OptionRule {
  const char* kinds;  // of servers, separated by blanks
  const char* name;
  Kind kind;
  bool required = false;
  double minimum = 0, maximum = 0;  // of numbers; kMode: the least bits
};

// An ERROR unless the value keeps the rule.
void CheckValue(const OptionRule& rule, const char* value);

}  // namespace debrief
