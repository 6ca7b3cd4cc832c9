"""Emulates ElevenLabs: POST /v1/text-to-speech/{voice_id} and GET /v1/models.

Settings: key, voices, models (known ids), plan (free|creator|pro), quota_chars (0: no end),
concurrency_max (0: no end), synthesis_ms (how long a call counts as running), engine (espeak|tone).
"""

import re
import time
import uuid
from xml.sax.saxutils import escape

from encodings_of_speech import Encoding, encode
from frame import JsonFault, Refusal, Reply, Service

TEXT_CHARS_MAX = {
    'eleven_v3': 5000, 'eleven_multilingual_v2': 10000, 'eleven_multilingual_v1': 10000,
    'eleven_monolingual_v1': 10000, 'eleven_flash_v2': 30000, 'eleven_turbo_v2': 30000,
    'eleven_flash_v2_5': 40000, 'eleven_turbo_v2_5': 40000,
}
MODEL_DEFAULT = 'eleven_multilingual_v2'
FORMAT_DEFAULT = 'mp3_44100_128'
BREAK_SECONDS_MAX = 3.0
SEED_MAX = 4294967295

# Members of the body: name -> type.
MEMBERS = {
    'text': str, 'model_id': str, 'language_code': str, 'voice_settings': dict, 'seed': int,
    'previous_text': str, 'next_text': str, 'previous_request_ids': list,
    'next_request_ids': list, 'pronunciation_dictionary_locators': list, 'use_pvc_as_ivc': bool,
    'apply_text_normalization': str, 'apply_language_text_normalization': bool,
    'audio_effects': dict,
}
VOICE_SETTINGS = {'stability': (0, 1), 'similarity_boost': (0, 1), 'style': (0, 1),
                  'speed': (0.7, 1.2), 'use_speaker_boost': None}
RATES = (8000, 16000, 22050, 24000, 32000, 44100, 48000)


def _formats():
    formats = {}
    for rate, kbits in ((22050, (32,)), (24000, (48,)), (44100, (32, 64, 96, 128, 192))):
        for kbit in kbits:
            formats[f'mp3_{rate}_{kbit}'] = Encoding('audio/mpeg', 'mp3', rate, kbit)
    for rate in RATES:
        formats[f'pcm_{rate}'] = Encoding('audio/pcm', 'pcm', rate)
        formats[f'wav_{rate}'] = Encoding('audio/wav', 'wav', rate)
    for kbit in (32, 64, 96, 128, 192):
        formats[f'opus_48000_{kbit}'] = Encoding('audio/ogg', 'opus', 48000, kbit)
    formats['ulaw_8000'] = Encoding('audio/basic', 'mulaw', 8000)
    formats['alaw_8000'] = Encoding('audio/alaw', 'alaw', 8000)
    return formats


FORMATS = _formats()
# What a plan may not order.
GATED = {'free': r'mp3_44100_192|(pcm|wav)_(44100|48000)', 'creator': r'(pcm|wav)_(44100|48000)',
         'pro': r'(?!)'}

# kind -> (HTTP status, detail.status, message)
ERRORS = {
    '400': (400, 'invalid_request', 'The request is invalid.'),
    '400_characters': (400, 'max_character_limit_exceeded', 'The text is longer than the model '
                       'takes in one request.'),
    '401': (401, 'invalid_api_key', 'Invalid API key'),
    '401_missing': (401, 'needs_authorization', 'Neither authorization header nor xi-api-key '
                    'received, please provide one.'),
    '401_quota': (401, 'quota_exceeded', 'This request exceeds your quota.'),
    '402': (402, 'payment_required', 'A payment is required.'),
    '403': (403, 'output_format_not_allowed', 'Your plan does not include this output format.'),
    '404': (404, 'not_found', 'Not Found'),
    '404_voice': (404, 'voice_not_found', 'A voice with that voice_id was not found.'),
    '404_model': (400, 'model_not_found', 'A model with that model_id does not exist.'),
    '429': (429, 'system_busy', 'The system is busy, please try again.'),
    '429_busy': (429, 'system_busy', 'The system is busy, please try again.'),
    '429_concurrent': (429, 'too_many_concurrent_requests', 'Too many concurrent requests.'),
}
ERRORS['429_quota_day'] = ERRORS['401_quota']


class ElevenLabs(Service):
    """One account with a quota and a limit of concurrent calls."""

    secret_query_names = Service.secret_query_names + ('xi-api-key', 'api_key')

    def __init__(self, settings):
        super().__init__(settings)
        self.reset()

    def reset(self):
        with self.lock:
            self.running = self.running_max = self.characters = self.syntheses = 0
            self.foreign_tags = []

    def state(self):
        """foreign_tags: markup in the text that the service would have read aloud or dropped."""
        with self.lock:
            return {'characters': self.characters, 'syntheses': self.syntheses,
                    'running_max': self.running_max, 'foreign_tags': self.foreign_tags[-100:]}

    def error(self, kind):
        headers = {'Retry-After': '2'} if kind.endswith('_retry_after') else {}
        plain = kind.removesuffix('_retry_after')
        if plain in ERRORS:
            status, name, message = ERRORS[plain]
            return Reply(status, {'detail': {'status': name, 'message': message}}, headers)
        return super().error(kind)

    def error_body(self, status, kind):
        if status == 422:
            return {'detail': [{'type': 'missing', 'loc': ['body', 'text'], 'msg': 'Field required',
                                'input': {}}]}
        return {'detail': {'status': 'internal_error' if status >= 500 else f'error_{kind}',
                           'message': f'emulated {status}'}}

    def refuse(self, request, kind, message):
        status = self.error(kind).status
        return Reply(status, {'detail': {'status': 'invalid_request', 'message': message}})

    def handle(self, request):
        self._check_key(request)
        voice = re.fullmatch(r'/v1/text-to-speech/([A-Za-z0-9_-]{1,100})', request.path)
        if voice:
            if request.method != 'POST':
                return Reply(405, {'detail': 'Method Not Allowed'})
            return self._counted(request, voice.group(1))
        if request.path == '/v1/models' and request.method == 'GET':
            return Reply(200, [self._model(name) for name in self._models()])
        return Reply(404, {'detail': 'Not Found'})

    def _check_key(self, request):
        key = request.headers.get('xi-api-key')
        if key is None:
            raise Refusal(self.error('401_missing'))
        if key != self.text('key', 'test-key'):
            raise Refusal(self.error('401'))

    def _models(self):
        return self.words('models', TEXT_CHARS_MAX)

    def _model(self, name):
        limit = TEXT_CHARS_MAX.get(name, 10000)
        return {'model_id': name, 'name': name, 'can_do_text_to_speech': True,
                'can_do_voice_conversion': False, 'maximum_text_length_per_request': limit,
                'languages': [{'language_id': 'en', 'name': 'English'}]}

    def _counted(self, request, voice):
        """Synthesises while the call counts against the limit of concurrent ones."""
        with self.lock:
            limit = int(self.number('concurrency_max'))
            if limit and self.running >= limit:
                return self.error('429_concurrent')
            self.running += 1
            self.running_max = max(self.running_max, self.running)
        try:
            time.sleep(self.number('synthesis_ms') / 1000)
            return self._synthesise(request, voice)
        finally:
            with self.lock:
                self.running -= 1

    def _synthesise(self, request, voice):
        name = request.query_get('output_format', FORMAT_DEFAULT)
        body = self._body(request)
        self._check_query(request, name)
        if voice not in self.words('voices', ('21m00Tcm4TlvDq8ikWAM', 'JBFqnCBsd6RMkjVDRZzb')):
            raise Refusal(self.error('404_voice'))
        model = body.get('model_id', MODEL_DEFAULT)
        if model not in self._models():
            raise Refusal(self.error('404_model'))
        if len(body['text']) > TEXT_CHARS_MAX.get(model, 10000):
            raise Refusal(self.error('400_characters'))
        if re.fullmatch(GATED[self.text('plan', 'pro')], name):
            raise Refusal(self.error('403'))
        self._spend(body['text'])
        audio = encode(self._spoken(body['text'], model), FORMATS[name],
                       self.text('engine', 'espeak'))
        return Reply(200, audio, {'Content-Type': FORMATS[name].content_type,
                                  'character-cost': str(len(body['text'])),
                                  'request-id': uuid.uuid4().hex}, chunked=True)

    def _check_query(self, request, name):
        known = {'output_format', 'enable_logging', 'optimize_streaming_latency'}
        for other, _ in request.query:
            if other not in known:
                raise Refusal(_unprocessable(['query', other], 'extra_forbidden', 'Unknown.'))
        if name not in FORMATS:
            raise Refusal(_unprocessable(['query', 'output_format'], 'enum',
                                         'Input should be ' + ', '.join(sorted(FORMATS))))

    def _body(self, request):
        """The body, judged as FastAPI does; members the service does not have are refused too."""
        if request.content_type != 'application/json':
            raise Refusal(_unprocessable(['body'], 'model_attributes_type', 'Not a JSON body.'))
        try:
            body = request.json()
        except JsonFault as fault:
            raise Refusal(_unprocessable(['body', 0], 'json_invalid', str(fault))) from fault
        if not isinstance(body, dict) or 'text' not in body:
            raise Refusal(_unprocessable(['body', 'text'], 'missing', 'Field required'))
        for name, value in body.items():
            wanted = MEMBERS.get(name)
            if wanted is None:
                raise Refusal(_unprocessable(['body', name], 'extra_forbidden', 'Unknown.'))
            if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
                raise Refusal(_unprocessable(['body', name], f'{wanted.__name__}_type',
                                             f'Input should be a {wanted.__name__}'))
        _check_voice_settings(body.get('voice_settings', {}))
        if not 0 <= body.get('seed', 0) <= SEED_MAX:
            raise Refusal(_unprocessable(['body', 'seed'], 'less_than_equal', 'Out of range.'))
        if not body['text'].strip():
            raise Refusal(_unprocessable(['body', 'text'], 'string_too_short', 'Empty text.'))
        return body

    def _spend(self, text):
        with self.lock:
            quota = int(self.number('quota_chars'))
            if quota and self.characters + len(text) > quota:
                raise Refusal(Reply(401, {'detail': {
                    'status': 'quota_exceeded',
                    'message': f'This request exceeds your quota of {quota}. You have '
                               f'{quota - self.characters} credits remaining, while {len(text)} '
                               'credits are required for this request.'}}))
            self.characters += len(text)
            self.syntheses += 1

    def _spoken(self, text, model):
        """SSML for the breaks that the model knows; every other tag is noted and left out."""
        spoken = []
        for index, piece in enumerate(re.split(r'(<[^<>]{1,500}>)', text)):
            is_tag = index % 2 == 1
            if not is_tag:
                spoken.append(escape(piece))
            elif model != 'eleven_v3' and _is_break(piece):
                spoken.append(piece)
            else:
                with self.lock:
                    self.foreign_tags.append(piece[:200])
        return '<speak>' + ''.join(spoken) + '</speak>'


def _is_break(tag):
    match = re.fullmatch(r'<break\s+time\s*=\s*"([0-9]+(?:\.[0-9]+)?)(ms|s)"\s*/>', tag)
    if not match:
        return False
    return float(match.group(1)) / (1000 if match.group(2) == 'ms' else 1) <= BREAK_SECONDS_MAX


def _check_voice_settings(voice_settings):
    for name, value in voice_settings.items():
        if name not in VOICE_SETTINGS:
            raise Refusal(_unprocessable(['body', 'voice_settings', name], 'extra_forbidden', '-'))
        limits = VOICE_SETTINGS[name]
        is_good = isinstance(value, bool) if limits is None else (
            isinstance(value, (int, float)) and not isinstance(value, bool)
            and limits[0] <= value <= limits[1])
        if not is_good:
            raise Refusal(_unprocessable(['body', 'voice_settings', name], 'value_error',
                                         f'Must be in {limits}.'))


def _unprocessable(location, kind, message):
    return Reply(422, {'detail': [{'type': kind, 'loc': location, 'msg': message,
                                   'input': None}]})


def service(settings):
    return ElevenLabs(settings)
