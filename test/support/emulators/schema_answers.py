"""Answers that obey a JSON schema, as a model in structured mode gives them.

Values come from the property's name where it is known, so that an analysis reads like one.
"""

import re

SPEAK = ('<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">'
         '<s>{}</s></speak>')
DEFAULT_MESSAGE = 'Look at the camera. Slow down at the end of each sentence.'
NESTING_MAX = 32

MESSAGES = ('You look away from the camera here. Find one point and stay with it.',
            'You are silent for two seconds. Breathe, then go on.',
            'Your shoulders rise. Let them sink before the next sentence.')
STRINGS = {
    'title': 'Rehearsal, second take',
    'summary': 'A clear talk; two pauses are long.',
    'full_feedback': 'The level is fine and the words are clear. Two pauses are long.',
    'category': 'Speech', 'unit': 'LUFS', 'version': 'emulator 1',
    'key': 'metric', 'name': 'metric',
}
ARRAY_ITEMS = {'feedback': 3, 'metrics': 2, 'segments': 1}
NUMBERS = {'confidence': 0.75, 'impact': 0.5, 'value': -21.5}


class Answers:
    """Makes one answer; `seconds` is how long the video is, `message` what is to be said."""

    def __init__(self, seconds=10.0, message=DEFAULT_MESSAGE, items=None):
        self.seconds = seconds
        self.message = message
        self.items = items

    def make(self, schema, name='', index=0, depth=0):
        if depth > NESTING_MAX:
            raise ValueError('the schema is nested too deeply')
        for choice in ('anyOf', 'oneOf'):
            if schema.get(choice):
                return self.make(schema[choice][0], name, index, depth + 1)
        if schema.get('enum'):
            return schema['enum'][index % len(schema['enum'])]
        kind = schema.get('type', 'object' if 'properties' in schema else 'string')
        kind = (kind[0] if isinstance(kind, list) else kind).lower()
        if kind == 'object':
            return {member: self.make(of, member, index, depth + 1)
                    for member, of in schema.get('properties', {}).items()}
        if kind == 'array':
            return [self.make(schema.get('items', {}), name, position, depth + 1)
                    for position in range(self._count(schema, name))]
        if kind in ('number', 'integer'):
            return self._number(schema, name, index, kind)
        return {'boolean': True, 'null': None}.get(kind, self._string(name, index))

    def _count(self, schema, name):
        wanted = ARRAY_ITEMS.get(name, 1)
        if name == 'feedback' and self.items is not None:
            wanted = self.items
        return max(int(schema.get('minItems', 0)), min(wanted, int(schema.get('maxItems', 1000))))

    def _number(self, schema, name, index, kind):
        value = NUMBERS.get(name, 1)
        if 'timestamp' in name or name.startswith('second'):
            value = round(self.seconds * (index + 1) / 4, 2)
        value = max(schema.get('minimum', value), min(schema.get('maximum', value), value))
        return int(value) if kind == 'integer' else value

    def _string(self, name, index):
        if name in ('segments', 'ssml'):
            return SPEAK.format(escape(self.message))
        if name == 'message':
            return MESSAGES[index % len(MESSAGES)]
        text = STRINGS.get(name, f'text of {name}' if name else 'text')
        return f'{text}_{index + 1}' if name in ('key', 'name') else text


def escape(text):
    return text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')


def message_in(prompt):
    """The fenced text of a prompt, which is what our prompts put the message in."""
    fenced = re.findall(r'(?s)(?:```|"""|<message>|<<<)\w*\s*\n?(.*?)\s*(?:```|"""|</message>|>>>)',
                        prompt)
    return fenced[-1] if fenced and fenced[-1].strip() else DEFAULT_MESSAGE
