bgworker/core/classify.o: bgworker/core/classify.cpp \
 bgworker/core/classify.h bgworker/core/exchange.h \
 bgworker/core/failure.h bgworker/core/job.h bgworker/core/json.h \
 bgworker/core/ssml.h
bgworker/core/classify.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
bgworker/core/json.h:
bgworker/core/ssml.h:
