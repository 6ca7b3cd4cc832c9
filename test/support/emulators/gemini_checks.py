"""What generateContent refuses beyond the shape of its JSON. Each check raises a Refusal."""

import re

import google_errors
import proto_json
from gemini_fields import JSON_SCHEMA_KEYWORDS, JSON_SCHEMA_TYPES, MEDIA_TYPES

NOT_ACTIVE = 'The File {} is not in an ACTIVE state and usage is not allowed.'
BYTES_PER_TOKEN = 4
TEXT_TOKENS_MAX = 1_048_576
SPEECH_TOKENS_MAX = 8192
OLD_SPEECH_TOKENS_MAX = 32_000
FPS_MAX = 24
VIDEOS_MAX = 10
STOP_SEQUENCES_MAX = 5
SCHEMA_DEPTH_MAX = 32


def is_speech(model):
    return '-tts' in model


def is_transcript_speech(model):
    """3.8 and newer speak the text word for word and answer WAV."""
    version = re.match(r'gemini-(\d+)\.(\d+)', model)
    return is_speech(model) and bool(version) and (int(version[1]), int(version[2])) >= (3, 8)


def parts_of(order):
    return [part for content in order.get('contents', []) for part in content.get('parts', [])]


def text_of(order):
    return '\n'.join(part['text'] for part in parts_of(order) if 'text' in part)


def text_tokens(order):
    texts = [text_of(order)] + [part.get('text', '') for part in
                                order.get('systemInstruction', {}).get('parts', [])]
    return sum(len(text.encode()) for text in texts) // BYTES_PER_TOKEN + 1


def check(order, model):
    """All that needs no state."""
    if not order.get('contents'):
        _refuse('* GenerateContentRequest.contents: contents is not specified')
    _check_contents(order)
    _check_safety(order.get('safetySettings', []))
    config = order.get('generationConfig', {})
    _check_numbers(config)
    _check_schema(config)
    _check_thinking(config.get('thinkingConfig', {}), model)
    if is_speech(model):
        _check_speech(order, config, model)
    else:
        modalities = config.get('responseModalities') or ['TEXT']
        if modalities != ['TEXT']:
            _refuse_modalities(modalities)
        if text_tokens(order) > TEXT_TOKENS_MAX:
            _refuse('The input token count exceeds the maximum number of tokens allowed '
                    f'({TEXT_TOKENS_MAX}).')


def check_files(order, files, owner, base_url):
    """Every named file must be ours, living, of the same key, and ready."""
    for part in parts_of(order):
        if 'fileData' not in part:
            continue
        uri = part['fileData'].get('fileUri', '')
        name = uri.removeprefix(f'{base_url}/v1beta/')
        if name == uri or not re.fullmatch('files/[a-z0-9-]{1,40}', name):
            raise google_errors.refusal(403, 'You do not have permission to access the File '
                                             f'{uri:.80} or it may not exist.')
        file = files.find(name, owner)
        if file['state'] != 'ACTIVE':
            _refuse(NOT_ACTIVE.format(name.removeprefix('files/')), 'FAILED_PRECONDITION')
        if part['fileData'].get('mimeType', file['public']['mimeType']) \
                != file['public']['mimeType']:
            _refuse(f'Unsupported MIME type for {name}: it was uploaded as another one.')


def _refuse(message, status=None):
    raise google_errors.refusal(400, message, None, status)


def _check_contents(order):
    for content in order['contents'] + [order.get('systemInstruction', {'parts': [{'text': ''}]})]:
        if content.get('role', 'user') not in ('user', 'model'):
            _refuse('Please use a valid role: user, model.')
        if not content.get('parts'):
            _refuse('* GenerateContentRequest.contents[0].parts: contents.parts must not be empty.')
        for part in content['parts']:
            _check_part(part)
    videos = [part for part in parts_of(order) if 'video/' in _media_type(part)]
    if len(videos) > VIDEOS_MAX:
        _refuse(f'At most {VIDEOS_MAX} videos.')


def _media_type(part):
    data = part.get('inlineData') or part.get('fileData') or {}
    return data.get('mimeType', '')


def _check_part(part):
    if not set(part) - {'videoMetadata', 'thought', 'thoughtSignature', 'speechMetadata',
                        'mediaResolution', 'partMetadata'}:
        _refuse('* GenerateContentRequest.contents[0].parts[0].data: required oneof field '
                "'data' must have one initialized field")
    if 'inlineData' in part or 'fileData' in part:
        needed = 'data' if 'inlineData' in part else 'fileUri'
        if needed not in (part.get('inlineData') or part.get('fileData')):
            _refuse(f'{needed} is not specified')
        if _media_type(part) not in MEDIA_TYPES | ({''} if 'fileData' in part else set()):
            _refuse(f'Unsupported MIME type: {_media_type(part)}')
    video = part.get('videoMetadata')
    if video is None:
        return
    if not _media_type(part).startswith('video/'):
        _refuse('video_metadata is only for a part with video.')
    if not 0 < video.get('fps', 1) <= FPS_MAX:
        _refuse(f'fps must be in the range (0, {FPS_MAX}].')
    start = proto_json.seconds(video.get('startOffset', '0s'))
    end = proto_json.seconds(video.get('endOffset', '1e9s'))
    if not 0 <= start < end:
        _refuse('start_offset must be before end_offset.')


def _check_safety(settings):
    categories = [setting.get('category') for setting in settings]
    if len(set(categories)) != len(categories):
        _refuse('* GenerateContentRequest.safety_settings: element has a duplicate category.')


def _check_numbers(config):
    ranges = {'temperature': (0, 2), 'topP': (0, 1), 'candidateCount': (1, 8),
              'maxOutputTokens': (1, 65536), 'logprobs': (0, 20)}
    for name, (low, high) in ranges.items():
        if name in config and not low <= float(config[name]) <= high:
            _refuse(f'{name} must be in the range [{low}, {high}].')
    if len(config.get('stopSequences', [])) > STOP_SEQUENCES_MAX:
        _refuse(f'At most {STOP_SEQUENCES_MAX} stop sequences.')


def _check_schema(config):
    has_schema = 'responseSchema' in config or 'responseJsonSchema' in config
    mime_type = config.get('responseMimeType', 'text/plain')
    if mime_type not in ('text/plain', 'application/json', 'text/x.enum'):
        _refuse(f'* GenerateContentRequest.generation_config.response_mime_type: {mime_type} is '
                'not supported.')
    if has_schema and mime_type == 'text/plain':
        _refuse('* GenerateContentRequest.generation_config.response_mime_type: response schema '
                'is only supported with application/json.')
    if 'responseJsonSchema' in config:
        _check_json_schema(config['responseJsonSchema'], 'response_json_schema', 0)


def _check_json_schema(schema, path, depth):
    if not isinstance(schema, dict) or depth > SCHEMA_DEPTH_MAX:
        _refuse(f'{path}: not a schema')
    unknown = set(schema) - JSON_SCHEMA_KEYWORDS
    if unknown:
        _refuse(f'{path}: unsupported keyword {sorted(unknown)[0]}')
    kinds = schema.get('type', [])
    if not set([kinds] if isinstance(kinds, str) else kinds) <= JSON_SCHEMA_TYPES:
        _refuse(f'{path}.type: {kinds!r}')
    properties = schema.get('properties', {})
    if not set(schema.get('required', [])) <= set(properties):
        _refuse(f'{path}.required: a property that is not defined')
    for name, inner in {**properties, **schema.get('$defs', {})}.items():
        _check_json_schema(inner, f'{path}.{name}', depth + 1)
    inner = [schema[name] for name in ('items', 'additionalProperties')
             if isinstance(schema.get(name), dict)]
    for one in inner + schema.get('anyOf', []) + schema.get('oneOf', []):
        _check_json_schema(one, f'{path}[]', depth + 1)


def _check_thinking(thinking, model):
    if 'thinkingBudget' in thinking and 'thinkingLevel' in thinking:
        _refuse('You can only set only one of thinking budget and thinking level.')
    if thinking.get('thinkingLevel') == 'MINIMAL' and model.startswith('gemini-3.8'):
        _refuse('Thinking level MINIMAL is not supported for this model.')
    if 'thinkingLevel' in thinking and model.startswith('gemini-2'):
        _refuse('Thinking level is not supported for this model.')


def _refuse_modalities(modalities):
    _refuse(f"The requested combination of response modalities ({', '.join(modalities)}) is not "
            'supported by the model.')


def _check_speech(order, config, model):
    modalities = config.get('responseModalities') or ['TEXT']
    if modalities != ['AUDIO']:
        _refuse_modalities(modalities)
    if any('text' not in part for part in parts_of(order)):
        _refuse('Only text is allowed as input of this model.')
    if not config.get('speechConfig'):
        _refuse('speech_config is not specified.')
    speakers = config['speechConfig'].get('multiSpeakerVoiceConfig', {})
    if speakers and len(speakers.get('speakerVoiceConfigs', [])) != 2:
        _refuse('multi_speaker_voice_config needs exactly two speakers.')
    if 'responseMimeType' in config or 'responseJsonSchema' in config:
        _refuse('JSON mode is not enabled for this model.')
    has_style = any('speechMetadata' in part for part in parts_of(order))
    limit = SPEECH_TOKENS_MAX if model.startswith('gemini-3') else OLD_SPEECH_TOKENS_MAX
    if text_tokens(order) > limit:
        _refuse(f'The input token count exceeds the maximum number of tokens allowed ({limit}).')
    if not is_transcript_speech(model):
        if has_style:
            _refuse('speech_metadata is not supported for this model.')
        return
    for name in ('temperature', 'topP', 'topK'):
        if name in config:
            _refuse(f'{name} is not supported for this model.')
    if re.search(r'<[^<>]*[/=][^<>]*>', text_of(order)):
        # The service would speak it or fail; either is a fault of the caller.
        _refuse('Emulator: SSML in the transcript of a model that takes vocal tags.')
