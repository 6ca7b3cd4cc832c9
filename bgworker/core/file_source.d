bgworker/core/file_source.o: bgworker/core/file_source.cpp \
 bgworker/core/exchange.h bgworker/core/failure.h bgworker/core/job.h
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
