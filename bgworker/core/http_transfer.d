bgworker/core/http_transfer.o: bgworker/core/http_transfer.cpp \
 bgworker/core/http_transfer.h bgworker/core/exchange.h \
 bgworker/core/failure.h bgworker/core/job.h bgworker/core/http_answer.h \
 bgworker/core/http_outcome.h bgworker/core/http_form.h \
 bgworker/core/http_request.h bgworker/core/retry_after.h
bgworker/core/http_transfer.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
bgworker/core/http_answer.h:
bgworker/core/http_outcome.h:
bgworker/core/http_form.h:
bgworker/core/http_request.h:
bgworker/core/retry_after.h:
