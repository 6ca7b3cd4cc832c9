"""Emulates Amazon Polly: POST /v1/speech and GET /v1/voices, signed with Signature Version 4.

Settings: access_key_id, secret_access_key, session_token, region, clock_offset_s (the server's
clock against ours), engine (espeak|tone).
"""

import time
import uuid

import aws_errors
import sigv4
import ssml_tree
from encodings_of_speech import Encoding, encode
from frame import JsonFault, Refusal, Reply, Service

TEXT_CHARS_MAX = 6000
BILLED_CHARS_MAX = 3000
LEXICONS_MAX = 5
MEMBERS = {'Engine', 'LanguageCode', 'LexiconNames', 'OutputFormat', 'SampleRate',
           'SpeechMarkTypes', 'Text', 'TextType', 'VoiceId'}
ENGINES = ('standard', 'neural', 'long-form', 'generative')
MANY_RATES = (8000, 16000, 22050, 24000, 44100, 48000)
# format -> (content type, form, rates, rate without SampleRate)
FORMATS = {
    'mp3': ('audio/mpeg', 'mp3', MANY_RATES, None),
    'ogg_vorbis': ('audio/ogg', 'vorbis', MANY_RATES, None),
    'ogg_opus': ('audio/ogg', 'opus', (48000,), 48000),
    'pcm': ('audio/pcm', 'pcm', (8000, 16000), 16000),
    'mulaw': ('audio/mulaw', 'mulaw', (8000,), 8000),
    'alaw': ('audio/alaw', 'alaw', (8000,), 8000),
}
# voice -> (language, gender, engines)
VOICES = {
    'Joanna': ('en-US', 'Female', ('standard', 'neural', 'generative')),
    'Matthew': ('en-US', 'Male', ('standard', 'neural', 'generative')),
    'Ruth': ('en-US', 'Female', ('neural', 'long-form', 'generative')),
    'Amy': ('en-GB', 'Female', ('standard', 'neural', 'generative')),
    'Russell': ('en-AU', 'Male', ('standard',)),
    'Vicki': ('de-DE', 'Female', ('standard', 'neural', 'generative')),
    'Lea': ('fr-FR', 'Female', ('standard', 'neural', 'generative')),
}

COMMON_TAGS = {'speak', 'break', 'lang', 'mark', 'p', 'phoneme', 'prosody', 's', 'say-as', 'sub',
               'w'}
TAGS = {
    'standard': COMMON_TAGS | {'emphasis', 'amazon:auto-breaths', 'amazon:breath',
                               'amazon:effect'},
    'neural': COMMON_TAGS | {'amazon:domain', 'amazon:effect'},
    'long-form': COMMON_TAGS,
    'generative': COMMON_TAGS,
}
# Attributes that only the standard engine knows, by element.
STANDARD_ATTRIBUTES = {'prosody': {'pitch', 'amazon:max-duration'},
                       'amazon:effect': {'phonation', 'vocal-tract-length'}}
BREAK_SECONDS_MAX = 10


class Polly(Service):
    """One account in one region."""

    secret_query_names = Service.secret_query_names + ('x-amz-signature', 'x-amz-security-token')

    def __init__(self, settings):
        super().__init__(settings)
        self.reset()

    def reset(self):
        with self.lock:
            self.characters = self.syntheses = 0

    def state(self):
        with self.lock:
            return {'characters': self.characters, 'syntheses': self.syntheses}

    def error(self, kind):
        headers = {'Retry-After': '2'} if kind.endswith('_retry_after') else None
        plain = kind.removesuffix('_retry_after')
        if plain in aws_errors.ERRORS:
            return aws_errors.for_kind(plain, headers)
        return super().error(kind)

    def error_body(self, status, kind):
        return {'message': f'emulated {status}'}

    def refuse(self, request, kind, message):
        return aws_errors.reply(self.error(kind).status, 'ValidationException', message)

    def handle(self, request):
        try:
            sigv4.verify(request, self._keys(), sigv4.Scope(
                self.text('region', 'us-east-1'), 'polly',
                time.time() + self.number('clock_offset_s')))
        except sigv4.SignatureFault as fault:
            return aws_errors.for_signature(fault)
        target = f'{request.method} {request.path}'
        if target == 'POST /v1/speech':
            return self._synthesise(request)
        if target == 'GET /v1/voices':
            return self._voices(request)
        return self.error('404')

    def _keys(self):
        return sigv4.Keys(self.text('access_key_id', 'AKIDEXAMPLE'),
                          self.text('secret_access_key', 'test-secret'),
                          self.text('session_token'))

    def _synthesise(self, request):
        order = self._order(request)
        engine = order.get('Engine', 'standard')
        language, _, engines = VOICES[order['VoiceId']]
        if engine not in engines:
            raise Refusal(self.error('400_engine'))
        if order.get('LanguageCode', language) != language:
            raise Refusal(self.error('400_language'))
        encoding = self._encoding(order, engine)
        spoken, billed = self._text(order, engine)
        audio = encode(spoken, encoding, self.text('engine', 'espeak'))
        with self.lock:
            self.characters += billed
            self.syntheses += 1
        return Reply(200, audio, {'Content-Type': encoding.content_type,
                                  'x-amzn-RequestCharacters': str(billed),
                                  'x-amzn-RequestId': str(uuid.uuid4())}, chunked=True)

    def _order(self, request):
        """The body as an object with the right members; values from their lists."""
        if request.content_type != 'application/json':
            raise _invalid('Content-Type must be application/json')
        try:
            order = request.json()
        except JsonFault as fault:
            raise Refusal(aws_errors.reply(400, 'SerializationException', str(fault))) from fault
        if not isinstance(order, dict) or set(order) - MEMBERS:
            raise _invalid(f'unknown members {sorted(set(order) - MEMBERS)}'
                           if isinstance(order, dict) else 'not an object')
        for name in ('OutputFormat', 'Text', 'VoiceId'):
            if name not in order:
                raise _invalid(f"Value null at '{name[0].lower() + name[1:]}' failed to satisfy "
                               'constraint: Member must not be null')
        lists = {'LexiconNames', 'SpeechMarkTypes'}
        for name, value in order.items():
            if not isinstance(value, list if name in lists else str):
                raise Refusal(aws_errors.reply(400, 'SerializationException',
                                               f'{name} has the wrong type'))
        _check_enum(order, 'OutputFormat', (*FORMATS, 'json'))
        _check_enum(order, 'TextType', ('text', 'ssml'))
        _check_enum(order, 'Engine', ENGINES)
        _check_enum(order, 'VoiceId', VOICES)
        if order.get('LexiconNames'):
            raise Refusal(self.error('404_lexicon'))
        return order

    def _encoding(self, order, engine):
        if order['OutputFormat'] == 'json':
            raise _invalid('speech marks are not emulated')
        if order.get('SpeechMarkTypes'):
            raise Refusal(self.error('400_marks'))
        content_type, form, rates, rate = FORMATS[order['OutputFormat']]
        rate = rate or (22050 if engine == 'standard' else 24000)
        if 'SampleRate' in order:
            if order['SampleRate'] not in map(str, rates):
                raise Refusal(self.error('400_sample_rate'))
            rate = int(order['SampleRate'])
        return Encoding(content_type, form, rate)

    def _text(self, order, engine):
        """What is spoken, and how many characters it costs: tags are free."""
        text = order['Text']
        if len(text) > TEXT_CHARS_MAX:
            raise Refusal(self.error('400_length'))
        if order.get('TextType', 'text') == 'text':
            spoken, billed = ssml_tree.plain(text), len(text)
        else:
            root = self._ssml(text, engine)
            spoken, billed = ssml_tree.spoken(root), len(root.text())
        if billed > BILLED_CHARS_MAX:
            raise Refusal(self.error('400_length'))
        if not text.strip():
            raise _invalid("Value '' at 'text' failed to satisfy constraint: Member must have "
                           'length greater than or equal to 1')
        return spoken, billed

    def _ssml(self, text, engine):
        try:
            root = ssml_tree.parse(text.encode('utf-8'), namespaces=False)
        except ValueError as error:
            raise Refusal(self.error('400_ssml')) from error
        if root.name != 'speak' or not all(_is_known(node, engine) for node in root.elements()):
            raise Refusal(self.error('400_ssml'))
        return root

    def _voices(self, request):
        known = {'Engine', 'LanguageCode', 'IncludeAdditionalLanguageCodes', 'NextToken'}
        if {name for name, _ in request.query} - known:
            raise _invalid('unknown parameter')
        engine, language = request.query_get('Engine'), request.query_get('LanguageCode')
        if engine is not None and engine not in ENGINES:
            raise _invalid(f"Value '{engine}' at 'engine' failed to satisfy constraint")
        return Reply(200, {'Voices': [
            {'Id': name, 'Name': name, 'Gender': gender, 'LanguageCode': code,
             'LanguageName': code, 'SupportedEngines': list(engines)}
            for name, (code, gender, engines) in VOICES.items()
            if engine in (None, *engines) and language in (None, code)]})


def _is_known(node, engine):
    if node.name not in TAGS[engine] or (node.name == 'speak' and node.parent):
        return False
    if engine != 'standard' and STANDARD_ATTRIBUTES.get(node.name, set()) & set(node.attributes):
        return False
    if node.name == 'amazon:effect' and engine != 'standard':
        return node.attributes == {'name': 'drc'}
    if node.name == 'break' and 'time' in node.attributes:
        return _seconds(node.attributes['time']) <= BREAK_SECONDS_MAX
    if node.name in ('p', 's') and node.has_ancestor('s'):
        return False
    return True


def _seconds(time_text):
    """The length of a break; infinite when it cannot be read."""
    for unit, scale in (('ms', 1000), ('s', 1)):
        number = time_text.removesuffix(unit)
        if number != time_text and number.replace('.', '', 1).isdecimal():
            return float(number) / scale
    return float('inf')


def _check_enum(order, name, values):
    if name in order and order[name] not in values:
        raise _invalid(f"Value '{order[name]}' at '{name[0].lower() + name[1:]}' failed to satisfy "
                       f"constraint: Member must satisfy enum value set: [{', '.join(values)}]")


def _invalid(message):
    return Refusal(aws_errors.reply(400, 'ValidationException',
                                    f'1 validation error detected: {message}'))


def service(settings):
    return Polly(settings)
