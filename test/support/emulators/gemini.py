"""The Gemini Developer API: models, files, generateContent (analysis, SSML, speech).

Settings: key ('test-key', several by comma: each owns its files), models (comma list), polls,
file_fails, not_visible, file_ttl_seconds (gemini_files.py), video_seconds (10), feedback_items,
thought (0: a thought part comes first), answer (text given instead of a made one), engine
('espeak' or 'tone'), retry_seconds (2), the settings of oauth.py for Bearer tokens.
"""

import base64
import json
import re
import uuid

import gemini_checks
import google_errors
import proto_json
import schema_answers
import sounds
from frame import COMMON_ERRORS, JsonFault, Refusal, Reply, Service
from gemini_fields import FIELDS
from gemini_files import Files
from oauth import TokenIssuer

HOST = 'generativelanguage.googleapis.com'
MODELS = ('gemini-3.8-flash', 'gemini-3.7-flash', 'gemini-3-flash-preview', 'gemini-2.5-pro',
          'gemini-2.5-flash', 'gemini-3.8-flash-tts', 'gemini-3.8-flash-lite-tts',
          'gemini-3.1-flash-tts-preview', 'gemini-2.5-flash-preview-tts')
REQUEST_BYTES_MAX = 100 * 1024 * 1024
SPEECH_HERTZ = 24000
AUDIO_TOKENS_PER_SECOND = 25
VIDEO_TOKENS_PER_SECOND = 70 + 32


class Gemini(Service):

    def __init__(self, settings):
        super().__init__(settings)
        self.files = Files(self)
        self.tokens = TokenIssuer(self)
        self.generated = {}

    def reset(self):
        with self.lock:
            self.files.reset()
            self.tokens.reset()
            self.generated.clear()

    def state(self):
        with self.lock:
            return {**self.files.state(), 'generated': dict(self.generated),
                    'tokens_issued': self.tokens.issued}

    def handle(self, request):
        if (request.method, request.path) == ('POST', '/token'):
            return self.tokens.handle(request)
        if request.path == '/upload/v1beta/files' and request.method in ('POST', 'PUT'):
            # An upload URL is a capability: the key is wanted to get one, not to use one.
            owner = None if request.query_get('upload_id') else self._owner(request)
            with self.lock:
                return self.files.handle_upload(request, owner)
        owner = self._owner(request)
        found = re.fullmatch('/v1beta/models/([A-Za-z0-9._-]+):generateContent', request.path)
        if found and request.method == 'POST':
            return self._generate(request, found[1], owner)
        found = re.fullmatch('/v1beta/(files/[a-z0-9-]{1,40})', request.path)
        with self.lock:
            if found and request.method in ('GET', 'DELETE'):
                return self.files.handle_file(request, owner, found[1])
            if (request.method, request.path) == ('GET', '/v1beta/files'):
                return self.files.list(owner)
        return self._models(request)

    def handle_partial(self, request):
        if request.path == '/upload/v1beta/files':
            with self.lock:
                self.files.keep_part(request)

    def _owner(self, request):
        """Who calls: the key, or 'bearer' for tokens of our own /token. Raises Refusal."""
        key = request.headers.get('x-goog-api-key')
        bearer = request.headers.get('authorization')
        if key is not None:
            if key not in self.words('key', ['test-key']):
                raise Refusal(google_errors.bad_key(HOST))
            return key
        if bearer is None:
            raise Refusal(google_errors.no_credential())
        if not bearer.startswith('Bearer ') or not self.tokens.is_valid(bearer[7:]):
            raise Refusal(google_errors.bad_token(HOST))
        return 'bearer'

    def _models(self, request):
        models = self.words('models', MODELS)
        found = re.fullmatch('/v1beta/models(?:/([A-Za-z0-9._-]+))?', request.path)
        if not found or request.method != 'GET':
            raise google_errors.refusal(404, f'{request.method} {request.path} is not served.')
        if found[1] is None:
            return Reply(200, {'models': [_model(name) for name in models]})
        self._known(found[1])
        return Reply(200, _model(found[1]))

    def _known(self, model):
        if model not in self.words('models', MODELS):
            raise google_errors.refusal(
                404, f'models/{model} is not found for API version v1beta, or is not supported '
                     'for generateContent. Call ModelService.ListModels to see the list.')

    def _generate(self, request, model, owner):
        if request.content_type != 'application/json':
            raise google_errors.refusal(400, 'Content-Type must be application/json.')
        if len(request.body) > REQUEST_BYTES_MAX:
            raise google_errors.refusal(400, 'Request payload size exceeds the limit: '
                                             f'{REQUEST_BYTES_MAX} bytes.')
        self._known(model)
        try:
            order = proto_json.checked(FIELDS, 'GenerateContentRequest', request.json())
        except JsonFault as fault:
            raise google_errors.refusal(400, f'Invalid JSON payload received. {fault}') from fault
        except proto_json.Violation as violation:
            raise google_errors.invalid(violation) from violation
        gemini_checks.check(order, model)
        with self.lock:
            gemini_checks.check_files(order, self.files, owner, request.base_url)
            self.generated[model] = self.generated.get(model, 0) + 1
        parts, tokens = self._parts(order, model)
        return self._answer(parts, tokens, model, gemini_checks.text_tokens(order))

    def _parts(self, order, model):
        if gemini_checks.is_speech(model):
            return self._speech(order, model)
        config = order.get('generationConfig', {})
        text = self.text('answer') or self._text(order, config)
        parts = [{'text': text}]
        if self.flag('thought'):
            parts.insert(0, {'text': 'First I look at the video.', 'thought': True})
        return parts, len(text) // 4 + 1

    def _text(self, order, config):
        prompt = gemini_checks.text_of(order)
        if config.get('responseMimeType') != 'application/json':
            return 'An answer in plain text.'
        schema = config.get('responseJsonSchema') or config.get('responseSchema') or {}
        items = self.settings.get('feedback_items')
        answers = schema_answers.Answers(self.number('video_seconds', 10),
                                         schema_answers.message_in(prompt),
                                         None if items is None else int(items))
        return json.dumps(answers.make(schema), ensure_ascii=False)

    def _speech(self, order, model):
        text = re.sub('<[^<>]*>', ' ', gemini_checks.text_of(order))
        pcm = sounds.speech(text, SPEECH_HERTZ, 'pcm', self.text('engine', 'espeak'))
        return [speech_part(model, pcm)], \
            int(len(pcm) / 2 / SPEECH_HERTZ * AUDIO_TOKENS_PER_SECOND)

    def _answer(self, parts, tokens, model, prompt_tokens):
        return Reply(200, {
            'candidates': [{'content': {'role': 'model', 'parts': parts}, 'finishReason': 'STOP',
                            'index': 0}],
            'usageMetadata': _usage(prompt_tokens, tokens),
            'modelVersion': model, 'responseId': uuid.uuid4().hex})

    def error_body(self, status, kind):
        return google_errors.body(status)

    def error(self, kind):
        retry_seconds = self.number('retry_seconds', 2)
        special = {
            '400_key': lambda: google_errors.bad_key(HOST),
            '400_precondition': lambda: google_errors.reply(
                400, 'User location is not supported for the API use.', None,
                'FAILED_PRECONDITION'),
            '400_not_active': lambda: google_errors.reply(
                400, gemini_checks.NOT_ACTIVE.format('abc-123')),
            '400_not_speech': lambda: google_errors.reply(
                400, 'Model tried to generate text, but it should only be used for TTS.'),
            '403': google_errors.no_credential,
            '403_file': lambda: google_errors.reply(
                403, 'You do not have permission to access the File abc-123 or it may not exist.'),
            '429_retry_info': lambda: google_errors.quota(retry_seconds),
            '429_quota_day': lambda: google_errors.quota(retry_seconds, per_day=True),
            '499': lambda: google_errors.reply(499, 'The operation was cancelled.'),
            'blocked': lambda: Reply(200, {
                'promptFeedback': {'blockReason': 'PROHIBITED_CONTENT'},
                'usageMetadata': {'promptTokenCount': 20, 'totalTokenCount': 20}}),
            'blocked_safety': lambda: _candidate({'finishReason': 'SAFETY', 'index': 0}),
            'recitation': lambda: _candidate({'finishReason': 'RECITATION', 'index': 0}),
            'finish_other': lambda: _candidate({'content': {}, 'finishReason': 'OTHER'}),
            'finish_unknown': lambda: _candidate({'content': {}, 'finishReason': 'NEW_REASON'}),
            'no_candidates': lambda: Reply(200, {'usageMetadata': _usage(20, 0)}),
            'truncated_answer': lambda: _text_answer('{"title": "Rehears', 'MAX_TOKENS'),
            'not_json': lambda: _text_answer('I am sorry, I cannot see a video.'),
            'wrong_schema': lambda: _text_answer('{"feedback": "none", "segments": 5}'),
            'file_failed': lambda: Reply(200, {
                'name': 'files/abc-123', 'state': 'FAILED', 'mimeType': 'video/mp4',
                'error': {'code': 13, 'message': 'The video could not be processed.'}}),
            'upload_no_status': lambda: Reply(200),
            'audio_none': lambda: _candidate({'content': {'role': 'model', 'parts': []},
                                              'finishReason': 'STOP'}),
            'audio_short': lambda: _sound(0.05),
            'audio_long': lambda: _sound(120),
            'audio_not_audio': lambda: _candidate({'content': {'role': 'model', 'parts': [
                {'inlineData': {'mimeType': 'audio/wav', 'data': 'bm90IGF1ZGlv'}}]},
                'finishReason': 'STOP'}),
        }
        if kind in special:
            return special[kind]()
        status, headers = COMMON_ERRORS[kind]
        return Reply(status, self.error_body(status, kind), headers)

    def refuse(self, request, kind, message):
        status = COMMON_ERRORS[kind][0]
        return google_errors.reply(status, f'{message} ({request.method} {request.path})')


def speech_part(model, pcm):
    """3.8 answers a whole WAV, older models samples without a header."""
    if gemini_checks.is_transcript_speech(model):
        mime_type, data = 'audio/wav', sounds.wav_of(pcm, SPEECH_HERTZ)
    else:
        mime_type, data = f'audio/L16;codec=pcm;rate={SPEECH_HERTZ}', pcm
    return {'inlineData': {'mimeType': mime_type, 'data': base64.b64encode(data).decode()}}


def _usage(prompt_tokens, answer_tokens):
    """proto3 JSON omits zeros."""
    counts = {'promptTokenCount': prompt_tokens, 'candidatesTokenCount': answer_tokens,
              'totalTokenCount': prompt_tokens + answer_tokens}
    return {name: count for name, count in counts.items() if count}


def _candidate(candidate):
    return Reply(200, {'candidates': [candidate], 'usageMetadata': _usage(20, 3),
                       'modelVersion': 'emulated'})


def _text_answer(text, finish='STOP'):
    return _candidate({'content': {'role': 'model', 'parts': [{'text': text}]},
                       'finishReason': finish, 'index': 0})


def _sound(seconds):
    return _candidate({'content': {'role': 'model', 'parts': [
        speech_part('gemini-3.8-flash-tts', sounds.tone(seconds, SPEECH_HERTZ))]},
        'finishReason': 'STOP'})


def _model(name):
    return {'name': f'models/{name}', 'displayName': name, 'inputTokenLimit': 1048576,
            'outputTokenLimit': 65536, 'supportedGenerationMethods': ['generateContent']}


def service(settings):
    return Gemini(settings)
