bgworker/core/retry_after.o: bgworker/core/retry_after.cpp \
 bgworker/core/retry_after.h
bgworker/core/retry_after.h:
