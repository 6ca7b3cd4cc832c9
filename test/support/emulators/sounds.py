"""Real audio for answers: espeak-ng speaks, ffmpeg encodes. Equal orders are answered from memory.

`engine` is 'espeak' or 'tone': a sine of about the right length, for tests of load.
"""

import array
import functools
import math
import re
import struct
import subprocess
import tempfile

TOOL_SECONDS_MAX = 60
WORDS_PER_SECOND = 2.6
TONE_HERTZ = 440
SPEECH_CHARS_MAX = 100_000

# Codec and container by the name this module knows a format by.
_ENCODINGS = {
    'mp3': ['-c:a', 'libmp3lame', '-b:a', '32k', '-f', 'mp3'],
    'opus': ['-c:a', 'libopus', '-f', 'ogg'],
    'aac': ['-c:a', 'aac', '-f', 'adts'],
    'flac': ['-c:a', 'flac', '-f', 'flac'],
    'm4a': ['-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov', '-f', 'mp4'],
    'mulaw_wav': ['-c:a', 'pcm_mulaw', '-f', 'wav'],
    'alaw_wav': ['-c:a', 'pcm_alaw', '-f', 'wav'],
    'ulaw': ['-c:a', 'pcm_mulaw', '-f', 'mulaw'],
    'alaw': ['-c:a', 'pcm_alaw', '-f', 'alaw'],
    'vorbis': ['-c:a', 'libvorbis', '-f', 'ogg'],
}


def wav_of(pcm, rate):
    """A RIFF file around 16-bit mono samples."""
    head = struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 36 + len(pcm), b'WAVE', b'fmt ', 16, 1, 1,
                       rate, rate * 2, 2, 16, b'data', len(pcm))
    return head + pcm


def tone(seconds, rate):
    """16-bit little-endian mono samples of a quiet sine."""
    step = 2 * math.pi * TONE_HERTZ / rate
    return array.array('h', (int(6000 * math.sin(index * step))
                             for index in range(int(seconds * rate)))).tobytes()


@functools.lru_cache(maxsize=256)
def speech(text, rate=24000, form='wav', engine='espeak'):
    """Bytes of `text` (plain, or SSML when it is a speak document) in the given form.

    Forms: 'wav', 'pcm' (headerless little-endian) and the names of _ENCODINGS.
    """
    pcm = _spoken(text[:SPEECH_CHARS_MAX], rate) if engine == 'espeak' \
        else tone(max(0.3, len(text.split()) / WORDS_PER_SECOND), rate)
    if form == 'pcm':
        return pcm
    if form == 'wav':
        return wav_of(pcm, rate)
    encoded = _tool(['ffmpeg', '-v', 'error', '-nostdin', '-i', 'pipe:0', *_ENCODINGS[form],
                     '-ar', str(48000 if form == 'opus' else rate), 'pipe:1'], wav_of(pcm, rate))
    return _with_sizes(encoded) if form.endswith('_wav') else encoded


def _with_sizes(wav):
    """ffmpeg cannot go back on a pipe to write a WAV's two sizes; this does."""
    start = wav.index(b'data') + 8
    return b'RIFF' + struct.pack('<I', len(wav) - 8) + wav[8:start - 4] \
        + struct.pack('<I', len(wav) - start) + wav[start:]


def _spoken(text, rate):
    is_ssml = bool(re.match(r'\s*(<\?xml[^>]*>)?\s*<speak\b', text))
    with tempfile.NamedTemporaryFile(suffix='.wav') as file:
        _tool(['espeak-ng', *(['-m'] if is_ssml else []), '-v', 'en-us', '--stdin',
               '-w', file.name], (text or ' ').encode())
        raw = _tool(['ffmpeg', '-v', 'error', '-nostdin', '-i', file.name, '-ac', '1',
                     '-ar', str(rate), '-f', 's16le', 'pipe:1'], b'')
    return raw or bytes(int(0.1 * rate) * 2)


def _tool(command, stdin):
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True,
                          timeout=TOOL_SECONDS_MAX).stdout
