bgworker/core/audio.o: bgworker/core/audio.cpp bgworker/core/audio.h \
 bgworker/core/audio_formats.h
bgworker/core/audio.h:
bgworker/core/audio_formats.h:
