bgworker/core/http_outcome.o: bgworker/core/http_outcome.cpp \
 bgworker/core/http_outcome.h bgworker/core/exchange.h \
 bgworker/core/failure.h bgworker/core/job.h
bgworker/core/http_outcome.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
