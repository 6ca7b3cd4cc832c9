bgworker/core/keyring.o: bgworker/core/keyring.cpp \
 bgworker/core/keyring.h bgworker/core/failure.h
bgworker/core/keyring.h:
bgworker/core/failure.h:
