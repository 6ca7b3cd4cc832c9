bgworker/worker.o: bgworker/worker.cpp bgworker/worker.h \
 bgworker/../extension/shared_state.h bgworker/core/http_client.h \
 bgworker/core/exchange.h bgworker/core/failure.h bgworker/core/job.h \
 bgworker/core/keyring.h bgworker/core/server_health.h bgworker/runner.h \
 bgworker/assignment.h bgworker/stage_config.h bgworker/core/retry.h \
 bgworker/settler.h bgworker/store.h bgworker/transaction.h \
 bgworker/waiter.h bgworker/../extension/settings.h bgworker/slot.h
bgworker/worker.h:
bgworker/../extension/shared_state.h:
bgworker/core/http_client.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
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
bgworker/../extension/settings.h:
bgworker/slot.h:
