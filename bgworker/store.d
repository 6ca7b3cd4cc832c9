bgworker/store.o: bgworker/store.cpp bgworker/store.h \
 bgworker/assignment.h bgworker/core/exchange.h bgworker/core/failure.h \
 bgworker/core/job.h bgworker/core/http_client.h bgworker/stage_config.h \
 bgworker/core/keyring.h bgworker/core/retry.h bgworker/transaction.h \
 bgworker/store_rows.h bgworker/spi_call.h
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
bgworker/store_rows.h:
bgworker/spi_call.h:
