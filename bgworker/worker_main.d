bgworker/worker_main.o: bgworker/worker_main.cpp \
 bgworker/../extension/compat.h bgworker/../extension/wakeup.h \
 bgworker/../extension/shared_state.h bgworker/slot.h bgworker/store.h \
 bgworker/assignment.h bgworker/core/exchange.h bgworker/core/failure.h \
 bgworker/core/job.h bgworker/core/http_client.h bgworker/stage_config.h \
 bgworker/core/keyring.h bgworker/core/retry.h bgworker/transaction.h \
 bgworker/worker.h bgworker/core/server_health.h bgworker/runner.h \
 bgworker/settler.h bgworker/waiter.h
bgworker/../extension/compat.h:
bgworker/../extension/wakeup.h:
bgworker/../extension/shared_state.h:
bgworker/slot.h:
bgworker/store.h:
bgworker/assignment.h:
bgworker/core/exchange.h:
bgworker/core/failure.h:
bgworker/core/job.h:
bgworker/core/http_client.h:
bgworker/stage_config.h:
bgworker/core/keyring.h:
bgworker/core/retry.h:
bgworker/transaction.h:
bgworker/worker.h:
bgworker/core/server_health.h:
bgworker/runner.h:
bgworker/settler.h:
bgworker/waiter.h:
