bgworker/runner.o: bgworker/runner.cpp bgworker/runner.h \
 bgworker/assignment.h bgworker/core/exchange.h bgworker/core/failure.h \
 bgworker/core/job.h bgworker/core/http_client.h bgworker/stage_config.h \
 bgworker/core/keyring.h bgworker/core/retry.h bgworker/core/audio.h \
 bgworker/core/digest.h bgworker/core/directory_store.h
bgworker/runner.h:
bgworker/assignment.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
bgworker/core/http_client.h:
bgworker/stage_config.h:
bgworker/core/keyring.h:
bgworker/core/retry.h:
bgworker/core/audio.h:
bgworker/core/digest.h:
bgworker/core/directory_store.h:
