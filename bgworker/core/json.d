bgworker/core/json.o: bgworker/core/json.cpp bgworker/core/json.h
bgworker/core/json.h:
