bgworker/core/provider_table.o: bgworker/core/provider_table.cpp \
 bgworker/core/exchange.h bgworker/core/failure.h bgworker/core/job.h \
 bgworker/core/http_provider.h bgworker/core/template_provider.h
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
bgworker/core/http_provider.h:
bgworker/core/template_provider.h:
