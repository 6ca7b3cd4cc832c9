bgworker/core/template_provider.o: bgworker/core/template_provider.cpp \
 bgworker/core/template_provider.h bgworker/core/exchange.h \
 bgworker/core/failure.h bgworker/core/job.h bgworker/core/classify.h \
 bgworker/core/ssml.h
bgworker/core/template_provider.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
bgworker/core/classify.h:
bgworker/core/ssml.h:
