bgworker/core/ssml_tree.o: bgworker/core/ssml_tree.cpp \
 bgworker/core/ssml_tree.h bgworker/core/ssml.h bgworker/core/failure.h
bgworker/core/ssml_tree.h:
bgworker/core/ssml.h:
bgworker/core/failure.h:
