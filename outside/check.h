// check.h: whether this program could work, in words.
#pragma once

namespace debrief::outside {

// Prints what is missing and how to fix it. The program's exit code: 0 when nothing is.
int Check();

}  // namespace debrief::outside
