bgworker/core/server_health.o: bgworker/core/server_health.cpp \
 bgworker/core/server_health.h bgworker/core/failure.h \
 bgworker/core/retry.h
bgworker/core/server_health.h:
bgworker/core/failure.h:
bgworker/core/retry.h:
