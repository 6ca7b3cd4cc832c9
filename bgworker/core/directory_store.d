bgworker/core/directory_store.o: bgworker/core/directory_store.cpp \
 bgworker/core/directory_store.h bgworker/core/exchange.h \
 bgworker/core/failure.h bgworker/core/job.h
bgworker/core/directory_store.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
