"""The OpenAI API as far as it is used: models, chat/completions, audio/speech, under /v1.

Settings: key ('test-key'), models and voices (comma lists; a model with 'tts' in its name speaks,
the others chat), parts ('text,image_url,input_audio,file'; add video_url for vLLM's dialect),
extra_fields (comma list taken in both calls: dialects of local servers), video_seconds,
feedback_items, answer, engine ('espeak' or 'tone'), require_key (1; 0 for local servers).
"""

import json
import time
import uuid

import openai_checks
import schema_answers
import sounds
from frame import COMMON_ERRORS, JsonFault, Refusal, Reply, Service

MODELS = ('gpt-4o-mini', 'gpt-4.1-mini', 'gpt-4o-mini-tts', 'tts-1')
SPEECH_HERTZ = 24000
SPEECH_FORMS = {
    'mp3': ('mp3', 'audio/mpeg'), 'opus': ('opus', 'audio/ogg'), 'aac': ('aac', 'audio/aac'),
    'flac': ('flac', 'audio/flac'), 'wav': ('wav', 'audio/wav'), 'pcm': ('pcm', 'audio/pcm')}

TYPES = {400: 'invalid_request_error', 401: 'invalid_request_error', 403: 'permission_error',
         404: 'invalid_request_error', 413: 'invalid_request_error', 429: 'requests',
         500: 'server_error', 503: 'service_unavailable_error'}
CODES = {401: 'invalid_api_key', 403: 'unsupported_country_region_territory',
         404: 'model_not_found', 429: 'rate_limit_exceeded', 503: 'overloaded'}


def problem(status, message, code=None, param=None):
    """OpenAI's form of an error."""
    return Reply(status, {'error': {'message': message, 'param': param, 'code': code,
                                    'type': TYPES.get(status, 'invalid_request_error')}})


class OpenAi(Service):

    def __init__(self, settings):
        super().__init__(settings)
        self.calls = {'chat': 0, 'speech': 0}

    def reset(self):
        with self.lock:
            self.calls = {'chat': 0, 'speech': 0}

    def state(self):
        return {'calls': dict(self.calls)}

    def handle(self, request):
        self._authorize(request)
        call = f'{request.method} {request.path}'
        if call == 'POST /v1/chat/completions':
            return self._chat(request)
        if call == 'POST /v1/audio/speech':
            return self._speech(request)
        if request.method == 'GET' and request.path.startswith('/v1/models'):
            return self._models(request.path.removeprefix('/v1/models').strip('/'))
        raise Refusal(problem(404, f'Invalid URL ({call})', 'unknown_url'))

    def _authorize(self, request):
        given = request.headers.get('authorization')
        if given is None:
            if self.flag('require_key', True):
                raise Refusal(problem(401, "You didn't provide an API key."))
        elif given not in {f'Bearer {key}' for key in self.words('key', ['test-key'])}:
            raise Refusal(problem(401, f'Incorrect API key provided: {given[7:11]}****.',
                                  'invalid_api_key'))

    def _models(self, name):
        models = [{'id': one, 'object': 'model', 'created': 1, 'owned_by': 'emulator'}
                  for one in self.words('models', MODELS)]
        if not name:
            return Reply(200, {'object': 'list', 'data': models})
        for model in models:
            if model['id'] == name:
                return Reply(200, model)
        raise Refusal(_no_model(name))

    def _order(self, request, check):
        if request.content_type != 'application/json':
            raise Refusal(problem(400, 'Content-Type must be application/json.',
                                  'unsupported_content_type'))
        try:
            order = request.json()
            check(order, self)
        except JsonFault as fault:
            raise Refusal(problem(400, 'We could not parse the JSON body of your request. '
                                       f'({fault})')) from fault
        except openai_checks.BadField as bad:
            raise Refusal(problem(400, str(bad), bad.code, bad.field)) from bad
        model = order['model']
        if model not in self.words('models', MODELS):
            raise Refusal(_no_model(model))
        return order

    def _chat(self, request):
        order = self._order(request, openai_checks.check_chat)
        if 'tts' in order['model']:
            raise Refusal(problem(404, 'This is not a chat model and thus not supported in the '
                                       'v1/chat/completions endpoint.', None, 'model'))
        with self.lock:
            self.calls['chat'] += 1
        text = self.text('answer') or self._text(order)
        prompt = openai_checks.text_of(order)
        return completion(order['model'], {'content': text}, 'stop', len(prompt) // 4 + 1)

    def _text(self, order):
        form = order.get('response_format', {'type': 'text'})
        schema = form.get('json_schema', {}).get('schema')
        if form['type'] == 'json_object':
            schema = {'type': 'object', 'properties': {'answer': {'type': 'string'}}}
        if schema is None:
            return 'An answer in plain text.'
        items = self.settings.get('feedback_items')
        answers = schema_answers.Answers(
            self.number('video_seconds', 10),
            schema_answers.message_in(openai_checks.text_of(order)),
            None if items is None else int(items))
        return json.dumps(answers.make(schema), ensure_ascii=False)

    def _speech(self, request):
        order = self._order(request, openai_checks.check_speech)
        if 'tts' not in order['model']:
            raise Refusal(problem(404, f"{order['model']} does not speak.", 'model_not_found'))
        with self.lock:
            self.calls['speech'] += 1
        form, content_type = SPEECH_FORMS[order.get('response_format', 'mp3')]
        sound = sounds.speech(order['input'], SPEECH_HERTZ, form, self.text('engine', 'espeak'))
        return Reply(200, sound, {'Content-Type': content_type}, chunked=True)

    def error_body(self, status, kind):
        return json.loads(problem(status, f'Emulated error {status}.', CODES.get(status)).body)

    def error(self, kind):
        special = {
            '400_context': lambda: problem(
                400, "This model's maximum context length is 128000 tokens.",
                'context_length_exceeded', 'messages'),
            '429_quota': lambda: _quota('insufficient_quota'),
            '429_quota_day': lambda: _quota('insufficient_quota'),
            '429_credit': lambda: _quota('credit_balance_exhausted'),
            '429_slow_down': lambda: problem(429, 'Slow down.', 'slow_down'),
            '503_loading': lambda: Reply(503, {'error': {
                'code': 503, 'message': 'Loading model', 'type': 'unavailable_error'}}),
            '404_ollama': lambda: Reply(404, {'error': {
                'message': 'model "x" not found', 'type': 'not_found_error', 'param': None,
                'code': None}}),
            '422': lambda: Reply(422, {'detail': [{'type': 'missing', 'loc': ['body', 'input'],
                                                   'msg': 'Field required', 'input': {}}]}),
            'error_string': lambda: Reply(400, {'error': 'the model is not there'}),
            'blocked': lambda: completion('emulated', {'content': None}, 'content_filter'),
            'refusal': lambda: completion('emulated', {
                'content': None, 'refusal': "I'm sorry, I can't help with that."}, 'stop'),
            'truncated_answer': lambda: completion('emulated', {'content': '{"title": "Re'},
                                                   'length'),
            'not_json': lambda: completion('emulated', {'content': 'Sorry, no video.'}, 'stop'),
            'wrong_schema': lambda: completion(
                'emulated', {'content': '{"feedback": "none", "segments": 5}'}, 'stop'),
            'no_choices': lambda: Reply(200, {'id': 'c', 'object': 'chat.completion',
                                              'choices': []}),
            'audio_short': lambda: _sound(0.05), 'audio_long': lambda: _sound(120),
            'audio_ogg': lambda: Reply(200, sounds.speech('Hello.', form='opus', engine='tone'),
                                       {'Content-Type': 'audio/ogg'}),
            'audio_none': lambda: Reply(200, b'', {'Content-Type': 'audio/mpeg'}),
            'audio_not_audio': lambda: Reply(200, b'no sound', {'Content-Type': 'audio/mpeg'}),
        }
        if kind in special:
            return special[kind]()
        status, headers = COMMON_ERRORS[kind]
        return Reply(status, self.error_body(status, kind), headers)

    def refuse(self, request, kind, message):
        return problem(COMMON_ERRORS[kind][0], message)


def completion(model, message, finish, prompt_tokens=10):
    answer_tokens = len(message['content'] or '') // 4 + 1
    return Reply(200, {
        'id': f'chatcmpl-{uuid.uuid4().hex[:24]}', 'object': 'chat.completion',
        'created': int(time.time()), 'model': model, 'service_tier': 'default',
        'choices': [{'index': 0, 'logprobs': None, 'finish_reason': finish,
                     'message': {'role': 'assistant', 'refusal': None, 'annotations': [],
                                 **message}}],
        'usage': {'prompt_tokens': prompt_tokens, 'completion_tokens': answer_tokens,
                  'total_tokens': prompt_tokens + answer_tokens}})


def _quota(code):
    reply = problem(429, 'You exceeded your current quota, please check your plan and billing '
                         'details.', code)
    body = json.loads(reply.body)
    body['error']['type'] = code
    return Reply(429, body)


def _no_model(name):
    return problem(404, f'The model `{name}` does not exist or you do not have access to it.',
                   'model_not_found')


def _sound(seconds):
    return Reply(200, sounds.wav_of(sounds.tone(seconds, SPEECH_HERTZ), SPEECH_HERTZ),
                 {'Content-Type': 'audio/wav'})


def service(settings):
    return OpenAi(settings)
