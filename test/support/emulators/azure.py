"""Emulates Azure Speech: POST /cognitiveservices/v1 and GET /cognitiveservices/voices/list.

Settings: key, token (a Bearer token taken as well), voices (comma list; others are refused),
engine (espeak|tone). Errors carry a line of text or nothing, never JSON.
"""

import re
import uuid

import ssml_tree
from encodings_of_speech import Encoding, encode
from frame import Refusal, Reply, Service

SYNTHESIS = 'http://www.w3.org/2001/10/synthesis'
MSTTS = 'https://www.w3.org/2001/mstts'
MSTTS_OLD = 'http://www.w3.org/2001/mstts'
XML = 'http://www.w3.org/XML/1998/namespace'
USER_AGENT_CHARS_MAX = 254
AUDIO_SECONDS_MAX = 600
VOICE_AND_AUDIO_TAGS_MAX = 50
SSML_BYTES_MAX = 64 * 1024
VOICES = ('en-US-JennyNeural', 'en-US-AvaMultilingualNeural', 'en-US-GuyNeural',
          'en-GB-SoniaNeural', 'de-DE-KatjaNeural', 'fr-FR-DeniseNeural')

ELEMENTS = {'speak', 'voice', 'p', 's', 'break', 'prosody', 'emphasis', 'sub', 'say-as', 'phoneme',
            'lang', 'audio', 'bookmark', 'lexicon', 'mark', 'desc'}
MSTTS_ELEMENTS = {'express-as', 'silence', 'backgroundaudio', 'viseme', 'audioduration',
                  'ttsembedding', 'voiceconversion'}
# element -> {attribute: what its value must look like}; other attributes pass.
VALUES = {
    'break': {'strength': 'none|x-weak|weak|medium|strong|x-strong',
              'time': r'\+?[0-9]+(\.[0-9]+)?(ms|s)'},
    'emphasis': {'level': 'reduced|none|moderate|strong'},
    'prosody': {
        'rate': r'x-slow|slow|medium|fast|x-fast|default|[+-]?[0-9]+(\.[0-9]+)?%?',
        'pitch': r'x-low|low|medium|high|x-high|default|[+-]?[0-9]+(\.[0-9]+)?(%|Hz|st)',
        'volume': r'silent|x-soft|soft|medium|loud|x-loud|default|[+-]?[0-9]+(\.[0-9]+)?(%|dB)?'},
}
NEEDED = {'sub': 'alias', 'say-as': 'interpret-as', 'phoneme': 'ph', 'voice': 'name',
          'bookmark': 'mark', 'audio': 'src'}


def _formats():
    formats = {}
    for hertz, name in ((8000, '8khz'), (16000, '16khz'), (22050, '22050hz'), (24000, '24khz'),
                        (44100, '44100hz'), (48000, '48khz')):
        formats[f'riff-{name}-16bit-mono-pcm'] = Encoding('audio/x-wav', 'wav', hertz)
        formats[f'raw-{name}-16bit-mono-pcm'] = Encoding('audio/basic', 'pcm', hertz)
    for hertz, kbits in ((16000, (32, 64, 128)), (24000, (48, 96, 160)), (48000, (96, 192))):
        for kbit in kbits:
            formats[f'audio-{hertz // 1000}khz-{kbit}kbitrate-mono-mp3'] = \
                Encoding('audio/mpeg', 'mp3', hertz, kbit)
    for rate in (16, 24, 48):
        formats[f'ogg-{rate}khz-16bit-mono-opus'] = Encoding('audio/ogg', 'opus', rate * 1000)
    for rate in (16, 24):
        formats[f'webm-{rate}khz-16bit-mono-opus'] = Encoding('audio/webm', 'webm', rate * 1000)
    for law in ('mulaw', 'alaw'):
        formats[f'raw-8khz-8bit-mono-{law}'] = Encoding('audio/basic', law, 8000)
        formats[f'riff-8khz-8bit-mono-{law}'] = Encoding('audio/x-wav', f'{law}_wav', 8000)
    return formats


FORMATS = _formats()


class Azure(Service):
    """One Speech resource."""

    secret_query_names = Service.secret_query_names + ('subscription-key', 'api_key')

    def __init__(self, settings):
        super().__init__(settings)
        self.reset()

    def reset(self):
        with self.lock:
            self.syntheses = self.cut = 0

    def state(self):
        """`cut`: answers that ended at ten minutes without a word."""
        with self.lock:
            return {'syntheses': self.syntheses, 'cut': self.cut}

    def error(self, kind):
        # There is no quota of a day here; the nearest is a long "not now".
        if kind == '429_quota_day':
            return Reply(429, 'Quota exceeded.', {'Retry-After': '86400'})
        return super().error(kind)

    def error_body(self, status, kind):
        texts = {400: 'Bad request.', 415: 'Unsupported media type.', 429: 'Too many requests.',
                 502: 'Bad gateway: upstream.'}
        return texts.get(status, '')

    def refuse(self, request, kind, message):
        return Reply(self.error(kind).status, message)

    def handle(self, request):
        target = f'{request.method} {request.path}'
        if request.path not in ('/cognitiveservices/v1', '/cognitiveservices/voices/list'):
            return self.error('404')
        self._check_access(request)
        if target == 'POST /cognitiveservices/v1':
            return self._synthesise(request)
        if target == 'GET /cognitiveservices/voices/list':
            return Reply(200, [_voice(name) for name in self.words('voices', VOICES)])
        return self.error('405')

    def _check_access(self, request):
        key = request.headers.get('ocp-apim-subscription-key')
        bearer = request.headers.get('authorization')
        if key is not None:
            if key != self.text('key', 'test-key'):
                raise Refusal(self.error('401'))
        elif not self.text('token') or bearer != 'Bearer ' + self.text('token'):
            raise Refusal(self.error('401'))

    def _synthesise(self, request):
        encoding = self._encoding(request)
        root = self._ssml(request)
        audio = encode(ssml_tree.spoken(root), encoding, self.text('engine', 'espeak'),
                       AUDIO_SECONDS_MAX)
        with self.lock:
            self.syntheses += 1
            if encoding.form == 'pcm' and len(audio) >= AUDIO_SECONDS_MAX * encoding.rate * 2:
                self.cut += 1
        return Reply(200, audio, {'Content-Type': encoding.content_type,
                                  'X-RequestId': uuid.uuid4().hex}, chunked=True)

    def _encoding(self, request):
        if request.query:
            raise _bad('No query is expected.')
        if len(request.headers.get('user-agent', '')) > USER_AGENT_CHARS_MAX:
            raise _bad('User-Agent is too long.')
        if request.content_type != 'application/ssml+xml':
            raise Refusal(self.error('415'))
        name = request.headers.get('x-microsoft-outputformat')
        if name not in FORMATS:
            raise _bad('Unsupported or missing X-Microsoft-OutputFormat header.')
        return FORMATS[name]

    def _ssml(self, request):
        if not request.body:
            raise _bad('Empty SSML.')
        if len(request.body) > SSML_BYTES_MAX:
            raise Refusal(self.error('413'))
        try:
            request.body.decode('utf-8')
            root = ssml_tree.parse(request.body, namespaces=True)
        except ValueError as error:
            raise _bad(f'SSML parsing error: {error}') from error
        self._judge(root)
        return root

    def _judge(self, root):
        if (root.space, root.name) != (SYNTHESIS, 'speak'):
            raise _bad(f'The root must be speak of {SYNTHESIS}.')
        if root.attributes.get('version') != '1.0':
            raise _bad('The attribute version of speak must be 1.0.')
        if not re.fullmatch('[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*',
                            root.attributes.get(f'{XML}}}lang', '')):
            raise _bad('speak needs a valid xml:lang.')
        nodes = list(root.elements())
        if sum(node.name in ('voice', 'audio') for node in nodes) > VOICE_AND_AUDIO_TAGS_MAX:
            raise _bad('Too many voice and audio elements.')
        for node in nodes:
            self._judge_element(node)
        if not root.text().strip():
            raise _bad('There is nothing to speak.')

    def _judge_element(self, node):
        known = ELEMENTS if node.space == SYNTHESIS else \
            MSTTS_ELEMENTS if node.space in (MSTTS, MSTTS_OLD) else ()
        if node.name not in known:
            raise _bad(f'Element {node.name} is not supported.')
        if node.name == 'speak' and node.parent:
            raise _bad('speak inside speak.')
        if node.name != 'voice' and not node.has_ancestor('voice') \
                and any(isinstance(child, str) and child.strip() for child in node.children):
            raise _bad('Text outside of a voice element.')
        if NEEDED.get(node.name, '') not in ('', *node.attributes):
            raise _bad(f'{node.name} needs {NEEDED[node.name]}.')
        if node.name == 'voice' and node.attributes['name'] not in self.words('voices', VOICES):
            raise _bad(f"Unsupported voice {node.attributes['name']}.")
        if node.name == 'p' and (node.has_ancestor('s') or node.has_ancestor('p')):
            raise _bad('p inside p or s.')
        for name, pattern in VALUES.get(node.name, {}).items():
            value = node.attributes.get(name)
            if value is not None and not re.fullmatch(pattern, value):
                raise _bad(f'{node.name}: bad value {value!r} of {name}.')


def _voice(name):
    locale = '-'.join(name.split('-')[:2])
    return {'Name': f'Microsoft Server Speech Text to Speech Voice ({locale}, '
                    f"{name.split('-')[2]})",
            'DisplayName': name.split('-')[2].removesuffix('Neural'), 'ShortName': name,
            'Gender': 'Female', 'Locale': locale, 'SampleRateHertz': '24000',
            'VoiceType': 'Neural', 'Status': 'GA'}


def _bad(message):
    return Refusal(Reply(400, message))


def service(settings):
    return Azure(settings)
