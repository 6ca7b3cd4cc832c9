bgworker/waiter.o: bgworker/waiter.cpp bgworker/../extension/compat.h \
 bgworker/waiter.h
bgworker/../extension/compat.h:
bgworker/waiter.h:
