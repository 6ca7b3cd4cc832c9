bgworker/core/http_form.o: bgworker/core/http_form.cpp \
 bgworker/core/http_form.h bgworker/core/exchange.h \
 bgworker/core/failure.h bgworker/core/job.h
bgworker/core/http_form.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
