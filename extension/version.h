// version.h: which library this is.
#pragma once

namespace debrief {

// Such as 1.0.0: META.json's "version", handed over by the Makefile.
const char* LibraryVersion();

}  // namespace debrief
