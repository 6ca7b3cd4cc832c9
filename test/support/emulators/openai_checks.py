"""What OpenAI's specification takes in chat/completions and audio/speech; the rest is refused."""

import re

INPUT_CHARS_MAX = 4096
SCHEMA_DEPTH_MAX = 10
SPEED_RANGE = (0.25, 4.0)
PARTS = ('text', 'image_url', 'input_audio', 'file')
ROLES = ('system', 'developer', 'user', 'assistant')
SPEECH_FORMATS = ('mp3', 'opus', 'aac', 'flac', 'wav', 'pcm')
VOICES = ('alloy', 'ash', 'ballad', 'coral', 'echo', 'fable', 'onyx', 'nova', 'sage', 'shimmer',
          'verse', 'marin', 'cedar')
SPEECH_FIELDS = {'model': str, 'input': str, 'voice': (str, dict), 'response_format': str,
                 'speed': (int, float), 'instructions': str, 'stream_format': str}
CHAT_FIELDS = {
    'model': str, 'messages': list, 'response_format': dict, 'max_completion_tokens': int,
    'max_tokens': int, 'temperature': (int, float), 'top_p': (int, float), 'n': int, 'seed': int,
    'stop': (str, list), 'stream': bool, 'store': bool, 'metadata': dict, 'user': str,
    'presence_penalty': (int, float), 'frequency_penalty': (int, float), 'logprobs': bool,
    'top_logprobs': int, 'logit_bias': dict, 'reasoning_effort': str, 'service_tier': str,
    'verbosity': str, 'safety_identifier': str, 'prompt_cache_key': str, 'tools': list,
    'tool_choice': (str, dict), 'parallel_tool_calls': bool, 'modalities': list, 'audio': dict}
STRICT_KEYWORDS = {
    'type', 'description', 'title', 'properties', 'required', 'additionalProperties', 'items',
    'enum', 'const', 'anyOf', '$ref', '$defs', 'minimum', 'maximum', 'exclusiveMinimum',
    'exclusiveMaximum', 'multipleOf', 'minItems', 'maxItems', 'pattern', 'format'}
# The member of a content part that holds its content, and whether it is an object.
PART_MEMBERS = {'text': str, 'image_url': dict, 'input_audio': dict, 'file': dict,
                'video_url': dict, 'input_video': dict}


class BadField(ValueError):
    """The field and the code of a 400."""

    def __init__(self, message, field=None, code=None):
        super().__init__(message)
        self.field = field
        self.code = code


def check_speech(order, service):
    _check_fields(order, SPEECH_FIELDS, ('model', 'input', 'voice'), service)
    if not order['input'] or len(order['input']) > INPUT_CHARS_MAX:
        raise BadField(f'input: want 1 to {INPUT_CHARS_MAX} characters.', 'input',
                       'string_above_max_length')
    if len(order.get('instructions', '')) > INPUT_CHARS_MAX:
        raise BadField('instructions: too long.', 'instructions', 'string_above_max_length')
    if 'instructions' in order and order['model'].startswith('tts-1'):
        raise BadField('instructions: not supported with this model.', 'instructions')
    voice = order['voice'] if isinstance(order['voice'], str) else order['voice'].get('id')
    if voice not in service.words('voices', VOICES):
        raise BadField(f'voice: {voice!r} is not one of the voices.', 'voice', 'invalid_value')
    if order.get('response_format', 'mp3') not in SPEECH_FORMATS:
        raise BadField('response_format: unknown.', 'response_format', 'invalid_value')
    if not SPEED_RANGE[0] <= order.get('speed', 1) <= SPEED_RANGE[1]:
        raise BadField('speed: want 0.25 to 4.', 'speed', 'decimal_below_min_value')
    if order.get('stream_format', 'audio') != 'audio':
        raise BadField('stream_format: only audio is emulated.', 'stream_format', 'invalid_value')


def check_chat(order, service):
    _check_fields(order, CHAT_FIELDS, ('model', 'messages'), service)
    if not order['messages']:
        raise BadField('messages: want at least one.', 'messages', 'empty_array')
    kinds = service.words('parts', PARTS)
    for index, message in enumerate(order['messages']):
        _check_message(message, f'messages[{index}]', kinds)
    if 'max_tokens' in order and 'max_completion_tokens' in order:
        raise BadField('max_tokens and max_completion_tokens exclude each other.', 'max_tokens')
    if order.get('max_completion_tokens', 1) < 1:
        raise BadField('max_completion_tokens: want 1 or more.', 'max_completion_tokens')
    if order.get('stream'):
        raise BadField('stream is not emulated.', 'stream')
    if 'response_format' in order:
        _check_format(order['response_format'], text_of(order))


def text_of(order):
    """All text of the conversation."""
    texts = []
    for message in order['messages']:
        content = message['content']
        parts = [{'type': 'text', 'text': content}] if isinstance(content, str) else content
        texts += [part['text'] for part in parts if part['type'] == 'text']
    return '\n'.join(texts)


def _check_fields(order, fields, required, service):
    if not isinstance(order, dict):
        raise BadField('The body must be an object.')
    extra = set(service.words('extra_fields'))
    for name, value in order.items():
        if name in extra:
            continue
        if name not in fields:
            raise BadField(f'Unrecognized request argument supplied: {name}', name,
                           'unknown_parameter')
        wants = fields[name] if isinstance(fields[name], tuple) else (fields[name],)
        if not isinstance(value, wants) or (isinstance(value, bool) and bool not in wants):
            raise BadField(f"Invalid type for '{name}'.", name, 'invalid_type')
    for name in required:
        if name not in order:
            raise BadField(f"Missing required parameter: '{name}'.", name,
                           'missing_required_parameter')


def _check_message(message, where, kinds):
    if not isinstance(message, dict) or message.get('role') not in ROLES:
        raise BadField(f'{where}.role: unknown.', f'{where}.role', 'invalid_value')
    unknown = set(message) - {'role', 'content', 'name', 'refusal'}
    if unknown:
        raise BadField(f"Unknown parameter: '{where}.{sorted(unknown)[0]}'.", where,
                       'unknown_parameter')
    content = message.get('content')
    if isinstance(content, str):
        return
    if not isinstance(content, list) or not content:
        raise BadField(f'{where}.content: want text or parts.', f'{where}.content')
    for part in content:
        kind = part.get('type') if isinstance(part, dict) else None
        if kind not in kinds:
            raise BadField(f'{where}.content: {kind!r} is not supported.', where, 'invalid_value')
        if not isinstance(part.get(kind), PART_MEMBERS[kind]) or set(part) - {'type', kind}:
            raise BadField(f'{where}.content: a bad part of type {kind}.', where)


def _check_format(form, prompt):
    kind = form.get('type')
    if kind == 'text':
        return
    if kind == 'json_object':
        if 'json' not in prompt.lower():
            raise BadField("'messages' must contain the word 'json' in some form.", 'messages')
        return
    if kind != 'json_schema' or set(form) != {'type', 'json_schema'}:
        raise BadField('response_format: unknown.', 'response_format', 'invalid_value')
    given = form['json_schema']
    if not isinstance(given, dict) or set(given) - {'name', 'strict', 'schema', 'description'}:
        raise BadField('response_format.json_schema: bad.', 'response_format')
    name = given.get('name')
    if not isinstance(name, str) or not re.fullmatch('[A-Za-z0-9_-]{1,64}', name):
        raise BadField('response_format.json_schema.name: bad.', 'response_format.json_schema.name')
    if not isinstance(given.get('schema', {}), dict):
        raise BadField('response_format.json_schema.schema: bad.', 'response_format')
    if given.get('strict'):
        if given.get('schema', {}).get('type') != 'object':
            _bad_schema(name, '()', "schema must have type 'object'")
        _check_strict(given['schema'], name, (), 0)


def _bad_schema(name, path, what):
    raise BadField(f"Invalid schema for response_format '{name}': In context={path}, {what}.",
                   'response_format', 'invalid_json_schema')


def _check_strict(schema, name, path, depth):
    """OpenAI's strict mode: closed objects, every property required, known keywords."""
    if not isinstance(schema, dict) or depth > SCHEMA_DEPTH_MAX:
        _bad_schema(name, path, 'not a schema, or nested too deeply')
    unknown = set(schema) - STRICT_KEYWORDS
    if unknown:
        _bad_schema(name, path, f"'{sorted(unknown)[0]}' is not permitted")
    if schema.get('type') == 'object':
        if schema.get('additionalProperties') is not False:
            _bad_schema(name, path, "'additionalProperties' is required to be supplied and to be "
                                    'false')
        if set(schema.get('required', [])) != set(schema.get('properties', {})):
            _bad_schema(name, path, "'required' is required to be supplied and to be an array "
                                    'including every key in properties')
    if schema.get('type') == 'array' and 'items' not in schema:
        _bad_schema(name, path, 'array schema missing items')
    for member, inner in {**schema.get('properties', {}), **schema.get('$defs', {})}.items():
        _check_strict(inner, name, path + (member,), depth + 1)
    for inner in schema.get('anyOf', []) + [schema[key] for key in ('items',) if key in schema]:
        _check_strict(inner, name, path + ('[]',), depth + 1)
