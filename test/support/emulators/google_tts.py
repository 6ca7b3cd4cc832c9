"""Google Cloud Text-to-Speech v1: voices, text:synthesize, and a token endpoint.

Settings: key ('test-key'), voices (comma list of names), engine ('espeak' or 'tone'), the
settings of oauth.py.
"""

import base64
import re
import xml.etree.ElementTree

import google_errors
import proto_json
import sounds
from frame import COMMON_ERRORS, JsonFault, Refusal, Reply, Service
from oauth import TokenIssuer
from proto_json import Enum, Repeated

HOST = 'texttospeech.googleapis.com'
INPUT_BYTES_MAX = 5000
BREAK_SECONDS_MAX = 10
DEFAULT_HERTZ = 24000
HERTZ = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000)
VOICES = ('en-US-Neural2-C', 'en-US-Neural2-D', 'en-US-Standard-C', 'en-GB-Neural2-A',
          'de-DE-Neural2-B', 'en-US-Chirp3-HD-Kore')
GENDER_NAMES = ('SSML_VOICE_GENDER_UNSPECIFIED', 'MALE', 'FEMALE', 'NEUTRAL')
# The official client sends enums as numbers.
GENDERS = Enum(GENDER_NAMES, dict(enumerate(GENDER_NAMES)))
# Encoding -> form of sounds.speech.
ENCODINGS = {'LINEAR16': 'wav', 'MP3': 'mp3', 'OGG_OPUS': 'opus', 'MULAW': 'mulaw_wav',
             'ALAW': 'alaw_wav', 'PCM': 'pcm', 'M4A': 'm4a'}
ENCODING_NUMBERS = {1: 'LINEAR16', 2: 'MP3', 3: 'OGG_OPUS', 5: 'MULAW', 6: 'ALAW', 7: 'PCM',
                    8: 'M4A'}
FIELDS = {
    'SynthesizeSpeechRequest': {'input': 'SynthesisInput', 'voice': 'VoiceSelectionParams',
                                'audioConfig': 'AudioConfig', 'advancedVoiceOptions': 'any'},
    'SynthesisInput': {'text': 'string', 'markup': 'string', 'ssml': 'string',
                       'multiSpeakerMarkup': 'any', 'prompt': 'string',
                       'customPronunciations': 'any',
                       '@oneofs': (('text', 'markup', 'ssml', 'multiSpeakerMarkup'),)},
    'VoiceSelectionParams': {'languageCode': 'string', 'name': 'string', 'ssmlGender': GENDERS,
                             'customVoice': 'any', 'voiceClone': 'any', 'modelName': 'string',
                             'multiSpeakerVoiceConfig': 'any'},
    'AudioConfig': {'audioEncoding': Enum(('AUDIO_ENCODING_UNSPECIFIED', *ENCODINGS),
                                          ENCODING_NUMBERS),
                    'speakingRate': 'double', 'pitch': 'double', 'volumeGainDb': 'double',
                    'sampleRateHertz': 'int32', 'effectsProfileId': Repeated('string')},
}
RANGES = {'speakingRate': (0.25, 2.0), 'pitch': (-20, 20), 'volumeGainDb': (-96, 16)}
ELEMENTS = {'speak', 'break', 'say-as', 'p', 's', 'sub', 'mark', 'prosody', 'emphasis', 'par',
            'seq', 'media', 'phoneme', 'voice', 'lang', 'audio', 'desc'}
INPUT_MEMBERS = ('text', 'markup', 'ssml', 'multiSpeakerMarkup')


class GoogleTts(Service):

    def __init__(self, settings):
        super().__init__(settings)
        self.tokens = TokenIssuer(self)
        self.characters = 0

    def reset(self):
        self.tokens.reset()
        self.characters = 0

    def state(self):
        return {'tokens_issued': self.tokens.issued, 'characters': self.characters}

    def handle(self, request):
        call = (request.method, request.path)
        if call == ('POST', '/token'):
            return self.tokens.handle(request)
        self._authorize(request)
        if call == ('GET', '/v1/voices'):
            return self._list_voices(request.query_get('languageCode', ''))
        if call == ('POST', '/v1/text:synthesize'):
            return self._synthesize(request)
        raise google_errors.refusal(404, f'{request.method} {request.path} is not served.')

    def _authorize(self, request):
        key = request.headers.get('x-goog-api-key')
        bearer = request.headers.get('authorization')
        if key is not None:
            if key not in self.words('key', ['test-key']):
                raise Refusal(google_errors.bad_key(HOST))
        elif bearer is None:
            raise Refusal(google_errors.no_credential())
        elif not bearer.startswith('Bearer ') or not self.tokens.is_valid(bearer[7:]):
            raise Refusal(google_errors.bad_token(HOST))

    def _list_voices(self, language):
        voices = [{'languageCodes': [name[:5]], 'name': name, 'ssmlGender': 'FEMALE',
                   'naturalSampleRateHertz': DEFAULT_HERTZ}
                  for name in self.words('voices', VOICES) if name.startswith(language)]
        return Reply(200, {'voices': voices} if voices else {})

    def _synthesize(self, request):
        if request.content_type != 'application/json':
            raise google_errors.refusal(400, 'Content-Type must be application/json.')
        try:
            order = proto_json.checked(FIELDS, 'SynthesizeSpeechRequest', request.json())
        except JsonFault as fault:
            raise google_errors.refusal(400, f'Invalid JSON payload received. {fault}') from fault
        except proto_json.Violation as violation:
            raise google_errors.invalid(violation) from violation
        text = self._input(order.get('input', {}))
        self._check_voice(order.get('voice', {}))
        form, hertz = _audio(order.get('audioConfig', {}))
        with self.lock:
            self.characters += len(text)
        sound = sounds.speech(text, hertz, form, self.text('engine', 'espeak'))
        return Reply(200, {'audioContent': base64.b64encode(sound).decode()})

    def _input(self, source):
        members = [name for name in INPUT_MEMBERS if name in source]
        if len(members) != 1 or not isinstance(source[members[0]], str) \
                or not source[members[0]].strip():
            raise google_errors.refusal(400, "The 'input' must hold one of text, markup, ssml.")
        text = source[members[0]]
        if len(text.encode()) > INPUT_BYTES_MAX:
            raise google_errors.refusal(
                400, 'Either `input.text` or `input.ssml` is longer than the limit of 5000 bytes. '
                     'This limit is different from quotas. To fix, reduce the byte length of the '
                     'characters in this request, or consider using the Long Audio API.')
        if members == ['ssml']:
            check_ssml(text)
        return text

    def _check_voice(self, voice):
        language = voice.get('languageCode', '')
        if not re.fullmatch('[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*', language):
            raise google_errors.refusal(400, 'Invalid VoiceSelectionParams: language_code.')
        name = voice.get('name')
        if name is None:
            return
        if name not in self.words('voices', VOICES):
            raise google_errors.refusal(400, f"Voice '{name}' does not exist. Is it misspelled?")
        if not name.startswith(language):
            raise google_errors.refusal(400, f"Requested language code '{language}' doesn't match "
                                             f"the voice '{name}'.")

    def error_body(self, status, kind):
        return google_errors.body(status)

    def error(self, kind):
        if kind == '400_key':
            return google_errors.bad_key(HOST)
        if kind == '400_long_sentence':
            return google_errors.reply(400, 'This request contains sentences that are too long. '
                                            'Consider splitting up long sentences.')
        if kind == '401':
            return google_errors.bad_token(HOST)
        if kind in ('429_quota_day', '429_retry_info'):
            return google_errors.quota(self.number('retry_seconds', 2), kind == '429_quota_day')
        if kind == 'audio_none':
            return Reply(200, {})
        if kind == 'audio_not_audio':
            return Reply(200, {'audioContent': base64.b64encode(b'no sound').decode()})
        if kind == 'invalid_grant':
            return Reply(400, {'error': 'invalid_grant', 'error_description': 'Invalid JWT.'})
        status, headers = COMMON_ERRORS[kind]
        return Reply(status, self.error_body(status, kind), headers)

    def refuse(self, request, kind, message):
        return google_errors.reply(COMMON_ERRORS[kind][0], message)


def check_ssml(text):
    """Refuses what is not well-formed, has no root `speak`, or uses elements unknown here."""
    if '<!DOCTYPE' in text or '<!ENTITY' in text:
        raise google_errors.refusal(400, 'Invalid SSML. A document type is not allowed.')
    try:
        root = xml.etree.ElementTree.fromstring(text)
    except xml.etree.ElementTree.ParseError as error:
        raise google_errors.refusal(400, f'Invalid SSML. {error}') from error
    if _local(root.tag) != 'speak':
        raise google_errors.refusal(400, 'Invalid SSML. The root must be speak.')
    for element in root.iter():
        name = _local(element.tag)
        if name not in ELEMENTS:
            raise google_errors.refusal(400, f'Invalid SSML. Unknown element {name}.')
        if name == 'break' and _seconds(element.get('time', '0s')) > BREAK_SECONDS_MAX:
            raise google_errors.refusal(400, 'Invalid SSML. A break is at most 10 s.')
    if not ''.join(root.itertext()).strip():
        raise google_errors.refusal(400, 'Invalid SSML. There is nothing to speak.')


def _local(tag):
    return tag.rpartition('}')[2]


def _seconds(text):
    found = re.fullmatch(r'\+?([0-9]*\.?[0-9]+)(ms|s)', text.strip())
    if not found:
        raise google_errors.refusal(400, f'Invalid SSML. The time {text!r} is none.')
    return float(found[1]) / (1000 if found[2] == 'ms' else 1)


def _audio(config):
    """The form and the rate to speak in."""
    encoding = config.get('audioEncoding', 'AUDIO_ENCODING_UNSPECIFIED')
    if encoding not in ENCODINGS:
        raise google_errors.refusal(400, 'Invalid AudioConfig: audio_encoding is required.')
    for name, (low, high) in RANGES.items():
        if not low <= config.get(name, max(low, min(high, 1))) <= high:
            raise google_errors.refusal(400, f'{name} must be between {low} and {high}.')
    hertz = int(config.get('sampleRateHertz', 0)) or DEFAULT_HERTZ
    if hertz not in HERTZ:
        raise google_errors.refusal(400, f'The requested sample rate {hertz} is not supported.')
    return ENCODINGS[encoding], hertz


def service(settings):
    return GoogleTts(settings)
