bgworker/core/http_answers.o: bgworker/core/http_answers.cpp \
 bgworker/core/http_answers.h bgworker/core/exchange.h \
 bgworker/core/failure.h bgworker/core/job.h bgworker/core/classify.h \
 bgworker/core/json.h bgworker/core/ssml.h
bgworker/core/http_answers.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
bgworker/core/classify.h:
bgworker/core/json.h:
bgworker/core/ssml.h:
