bgworker/core/ssml.o: bgworker/core/ssml.cpp bgworker/core/ssml.h \
 bgworker/core/failure.h bgworker/core/ssml_tree.h
bgworker/core/ssml.h:
bgworker/core/failure.h:
bgworker/core/ssml_tree.h:
