"""What the Gemini API takes in requests, for proto_json: messages, fields, enums, oneofs.

The official proto lags the service; the fields it lacks and the service takes are marked.
"""

from proto_json import Enum, Map, Repeated

HARM_CATEGORIES = Enum(f'HARM_CATEGORY_{name}' for name in (
    'HARASSMENT', 'HATE_SPEECH', 'SEXUALLY_EXPLICIT', 'DANGEROUS_CONTENT', 'CIVIC_INTEGRITY'))
THRESHOLDS = Enum(('BLOCK_LOW_AND_ABOVE', 'BLOCK_MEDIUM_AND_ABOVE', 'BLOCK_ONLY_HIGH',
                   'BLOCK_NONE', 'OFF', 'HARM_BLOCK_THRESHOLD_UNSPECIFIED'))
RESOLUTIONS = Enum(f'MEDIA_RESOLUTION_{name}' for name in ('LOW', 'MEDIUM', 'HIGH', 'UNSPECIFIED'))
SCHEMA_TYPES = Enum(('STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL'))

FIELDS = {
    'GenerateContentRequest': {
        'model': 'string', 'systemInstruction': 'Content', 'contents': Repeated('Content'),
        'tools': 'any', 'toolConfig': 'any', 'safetySettings': Repeated('SafetySetting'),
        'generationConfig': 'GenerationConfig', 'cachedContent': 'string',
        'serviceTier': 'string',                                    # not in the proto
    },
    'Content': {'parts': Repeated('Part'), 'role': 'string'},
    'Part': {
        'text': 'string', 'inlineData': 'Blob', 'fileData': 'FileData', 'functionCall': 'any',
        'functionResponse': 'any', 'executableCode': 'any', 'codeExecutionResult': 'any',
        'videoMetadata': 'VideoMetadata', 'thought': 'bool', 'thoughtSignature': 'bytes',
        'partMetadata': 'any',
        'speechMetadata': 'SpeechMetadata', 'mediaResolution': 'any',   # not in the proto
        '@oneofs': (('text', 'inlineData', 'fileData', 'functionCall', 'functionResponse',
                     'executableCode', 'codeExecutionResult'),),
    },
    'Blob': {'mimeType': 'string', 'data': 'bytes'},
    'FileData': {'mimeType': 'string', 'fileUri': 'string'},
    'VideoMetadata': {'startOffset': 'duration', 'endOffset': 'duration', 'fps': 'double'},
    'SpeechMetadata': {'style': 'string', 'speaker': 'string'},
    'SafetySetting': {'category': HARM_CATEGORIES, 'threshold': THRESHOLDS},
    'GenerationConfig': {
        'candidateCount': 'int32', 'stopSequences': Repeated('string'), 'maxOutputTokens': 'int32',
        'temperature': 'double', 'topP': 'double', 'topK': 'int32', 'seed': 'int32',
        'responseMimeType': 'string', 'responseSchema': 'Schema', 'responseJsonSchema': 'any',
        'presencePenalty': 'double', 'frequencyPenalty': 'double', 'responseLogprobs': 'bool',
        'logprobs': 'int32', 'enableEnhancedCivicAnswers': 'bool',
        'responseModalities': Repeated(Enum(('TEXT', 'IMAGE', 'AUDIO'))),
        'speechConfig': 'SpeechConfig', 'thinkingConfig': 'ThinkingConfig', 'imageConfig': 'any',
        'mediaResolution': RESOLUTIONS,
        'responseFormat': 'any',                                    # not in the proto
        '@oneofs': (('responseSchema', 'responseJsonSchema', 'responseFormat'),),
    },
    'ThinkingConfig': {'includeThoughts': 'bool', 'thinkingBudget': 'int32',
                       'thinkingLevel': Enum(('MINIMAL', 'LOW', 'MEDIUM', 'HIGH'))},
    'SpeechConfig': {'voiceConfig': 'VoiceConfig', 'languageCode': 'string',
                     'multiSpeakerVoiceConfig': 'MultiSpeakerVoiceConfig',
                     '@oneofs': (('voiceConfig', 'multiSpeakerVoiceConfig'),)},
    'VoiceConfig': {'prebuiltVoiceConfig': 'PrebuiltVoiceConfig',
                    'voice': 'string',                              # not in the proto
                    '@oneofs': (('prebuiltVoiceConfig', 'voice'),)},
    'PrebuiltVoiceConfig': {'voiceName': 'string'},
    'MultiSpeakerVoiceConfig': {'speakerVoiceConfigs': Repeated('SpeakerVoiceConfig')},
    'SpeakerVoiceConfig': {'speaker': 'string', 'voiceConfig': 'VoiceConfig'},
    'Schema': {
        'type': SCHEMA_TYPES, 'format': 'string', 'title': 'string', 'description': 'string',
        'nullable': 'bool', 'enum': Repeated('string'), 'items': 'Schema', 'maxItems': 'int64',
        'minItems': 'int64', 'properties': Map('Schema'), 'required': Repeated('string'),
        'minProperties': 'int64', 'maxProperties': 'int64', 'minLength': 'int64',
        'maxLength': 'int64', 'pattern': 'string', 'example': 'any', 'anyOf': Repeated('Schema'),
        'propertyOrdering': Repeated('string'), 'default': 'any', 'minimum': 'double',
        'maximum': 'double',
    },
    'CreateFileRequest': {'file': 'File'},
    'File': {
        'name': 'string', 'displayName': 'string', 'mimeType': 'string', 'sizeBytes': 'int64',
        'uri': 'string', 'state': 'string', 'source': 'string', 'createTime': 'string',
        'updateTime': 'string', 'expirationTime': 'string', 'sha256Hash': 'bytes',
    },
}

JSON_SCHEMA_KEYWORDS = {
    '$id', '$defs', '$ref', '$anchor', 'type', 'format', 'title', 'description', 'enum', 'items',
    'prefixItems', 'minItems', 'maxItems', 'minimum', 'maximum', 'anyOf', 'oneOf', 'properties',
    'additionalProperties', 'required', 'propertyOrdering'}
JSON_SCHEMA_TYPES = {'string', 'number', 'integer', 'boolean', 'array', 'object', 'null'}

MEDIA_TYPES = {
    *(f'video/{name}' for name in ('mp4', 'mpeg', 'mpg', 'mov', 'quicktime', 'avi', 'x-flv',
                                   'webm', 'wmv', '3gpp')),
    *(f'audio/{name}' for name in ('wav', 'mp3', 'mpeg', 'aiff', 'aac', 'ogg', 'flac')),
    *(f'image/{name}' for name in ('png', 'jpeg', 'webp', 'heic', 'heif')),
    'application/pdf', 'text/plain'}
