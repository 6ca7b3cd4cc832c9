bgworker/core/http_provider.o: bgworker/core/http_provider.cpp \
 bgworker/core/http_provider.h bgworker/core/exchange.h \
 bgworker/core/failure.h bgworker/core/job.h bgworker/core/classify.h \
 bgworker/core/digest.h bgworker/core/http_answers.h bgworker/core/json.h
bgworker/core/http_provider.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
bgworker/core/classify.h:
bgworker/core/digest.h:
bgworker/core/http_answers.h:
bgworker/core/json.h:
