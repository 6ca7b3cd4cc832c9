bgworker/worker_claim.o: bgworker/worker_claim.cpp \
 bgworker/../extension/settings.h bgworker/core/directory_store.h \
 bgworker/core/exchange.h bgworker/core/failure.h bgworker/core/job.h \
 bgworker/slot.h bgworker/../extension/shared_state.h bgworker/worker.h \
 bgworker/core/http_client.h bgworker/core/keyring.h \
 bgworker/core/server_health.h bgworker/runner.h bgworker/assignment.h \
 bgworker/stage_config.h bgworker/core/retry.h bgworker/settler.h \
 bgworker/store.h bgworker/transaction.h bgworker/waiter.h
bgworker/../extension/settings.h:
bgworker/core/directory_store.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
bgworker/slot.h:
bgworker/../extension/shared_state.h:
bgworker/worker.h:
bgworker/core/http_client.h:
bgworker/core/keyring.h:
bgworker/core/server_health.h:
bgworker/runner.h:
bgworker/assignment.h:
bgworker/stage_config.h:
bgworker/core/retry.h:
bgworker/settler.h:
bgworker/store.h:
bgworker/transaction.h:
bgworker/waiter.h:
