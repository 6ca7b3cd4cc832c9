bgworker/core/audio_wav.o: bgworker/core/audio_wav.cpp \
 bgworker/core/audio_formats.h bgworker/core/audio.h
bgworker/core/audio_formats.h:
bgworker/core/audio.h:
