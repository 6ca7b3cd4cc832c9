bgworker/core/ssml_split.o: bgworker/core/ssml_split.cpp \
 bgworker/core/ssml.h bgworker/core/failure.h bgworker/core/ssml_tree.h
bgworker/core/ssml.h:
bgworker/core/failure.h:
bgworker/core/ssml_tree.h:
