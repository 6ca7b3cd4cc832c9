bgworker/core/retry.o: bgworker/core/retry.cpp bgworker/core/retry.h \
 bgworker/core/failure.h
bgworker/core/retry.h:
bgworker/core/failure.h:
