bgworker/core/http_request.o: bgworker/core/http_request.cpp \
 bgworker/core/http_request.h bgworker/core/exchange.h \
 bgworker/core/failure.h bgworker/core/job.h
bgworker/core/http_request.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
