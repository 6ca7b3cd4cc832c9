bgworker/core/digest.o: bgworker/core/digest.cpp bgworker/core/digest.h
bgworker/core/digest.h:
