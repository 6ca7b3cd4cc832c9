bgworker/stage_config.o: bgworker/stage_config.cpp \
 bgworker/stage_config.h bgworker/core/exchange.h bgworker/core/failure.h \
 bgworker/core/job.h bgworker/core/keyring.h bgworker/core/retry.h \
 bgworker/core/json.h
bgworker/stage_config.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
bgworker/core/keyring.h:
bgworker/core/retry.h:
bgworker/core/json.h:
