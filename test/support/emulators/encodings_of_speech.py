"""Speech in the exact encodings that services name: format, rate and bit rate."""

import functools
import subprocess

import sounds

TOOL_SECONDS_MAX = 60

_CONTAINERS = {
    'mp3': ['-c:a', 'libmp3lame', '-id3v2_version', '0', '-write_xing', '0', '-f', 'mp3'],
    'opus': ['-c:a', 'libopus', '-f', 'ogg'],
    'webm': ['-c:a', 'libopus', '-f', 'webm'],
    'vorbis': ['-c:a', 'libvorbis', '-f', 'ogg'],
    'mulaw': ['-c:a', 'pcm_mulaw', '-f', 'mulaw'],
    'alaw': ['-c:a', 'pcm_alaw', '-f', 'alaw'],
    'mulaw_wav': ['-c:a', 'pcm_mulaw', '-f', 'wav'],
    'alaw_wav': ['-c:a', 'pcm_alaw', '-f', 'wav'],
}


class Encoding:
    """`form` is 'pcm', 'wav' or a name of _CONTAINERS; `kbit` 0 leaves the rate to the encoder."""

    def __init__(self, content_type, form, rate, kbit=0):
        self.content_type = content_type
        self.form = form
        self.rate = rate
        self.kbit = kbit


def encode(text, encoding, engine='espeak', seconds_max=0):
    """`text` (plain, or SSML) as audio; no longer than seconds_max, when that is not 0."""
    pcm = sounds.speech(text, encoding.rate, 'pcm', engine)
    if seconds_max:
        pcm = pcm[:int(seconds_max * encoding.rate) * 2]
    if encoding.form == 'pcm':
        return pcm
    wav = sounds.wav_of(pcm, encoding.rate)
    return wav if encoding.form == 'wav' else _converted(wav, encoding.form, encoding.rate,
                                                         encoding.kbit)


@functools.lru_cache(maxsize=64)
def _converted(wav, form, rate, kbit):
    command = ['ffmpeg', '-v', 'error', '-i', 'pipe:0', *_CONTAINERS[form], '-ar', str(rate)]
    if kbit:
        command += ['-b:a', f'{kbit}k']
    return subprocess.run([*command, 'pipe:1'], input=wav, stdout=subprocess.PIPE, check=True,
                          timeout=TOOL_SECONDS_MAX).stdout
