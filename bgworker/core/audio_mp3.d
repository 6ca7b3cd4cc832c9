bgworker/core/audio_mp3.o: bgworker/core/audio_mp3.cpp \
 bgworker/core/audio_formats.h bgworker/core/audio.h
bgworker/core/audio_formats.h:
bgworker/core/audio.h:
