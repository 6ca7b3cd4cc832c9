"""Google's rules for JSON requests: unknown fields, wrong types and enums, oneofs are refused.

A table maps a message's name to its fields {lowerCamelName: type}. Types: 'string', 'bool',
'int32', 'int64', 'double', 'bytes', 'duration', 'any' (unchecked), Enum(...), Repeated(type),
Map(type), or the name of another message. '@oneofs' holds the groups of which one may be set.
"""

import base64
import binascii
import re


class Enum:
    """The names an enum field takes, and by `numbers` the proto's numbers for them."""

    def __init__(self, names, numbers=None):
        self.names = frozenset(names)
        self.numbers = numbers or {}


class Repeated:
    def __init__(self, of):
        self.of = of


class Map:
    def __init__(self, of):
        self.of = of


class Violation(ValueError):
    """What is wrong, where: `field` is a path in snake_case as Google writes it."""

    def __init__(self, field, description):
        super().__init__(description)
        self.field = field
        self.description = description


def snake(name):
    return re.sub('([A-Z])', lambda found: '_' + found[1].lower(), name)


def checked(table, message, value, path=''):
    """The message with lowerCamel names and without nulls; raises Violation."""
    if not isinstance(value, dict):
        raise _invalid(path, message, value)
    fields = table[message]
    names = {form: name for name in fields if name[0] != '@' for form in (name, snake(name))}
    result = {}
    for name, member in value.items():
        if name not in names:
            where = f" at '{path}'" if path else ''
            raise Violation(path, f'Invalid JSON payload received. Unknown name "{name}"{where}: '
                                  'Cannot find field.')
        camel = names[name]
        if camel in result:
            raise Violation(path, f"Invalid value at '{path}': '{name}' is set twice")
        if member is not None:
            result[camel] = _value(table, fields[camel], member, _join(path, snake(camel)))
    for group in fields.get('@oneofs', ()):
        chosen = [name for name in group if name in result]
        if len(chosen) > 1:
            raise Violation(path, f"Invalid value at '{path}' (oneof), oneof field is already set. "
                                  f"Cannot set '{snake(chosen[1])}'")
    return result


def seconds(text):
    """A Duration's text as seconds."""
    return float(text[:-1])


def _join(path, name):
    return f'{path}.{name}' if path else name


def _invalid(path, kind, value):
    return Violation(path, f"Invalid value at '{path}' ({kind}), {value!r:.100}")


def _value(table, kind, value, path):
    if isinstance(kind, Repeated):
        if not isinstance(value, list):
            raise _invalid(path, 'TYPE_REPEATED', value)
        return [_value(table, kind.of, item, f'{path}[{index}]')
                for index, item in enumerate(value)]
    if isinstance(kind, Map):
        if not isinstance(value, dict):
            raise _invalid(path, 'TYPE_MAP', value)
        return {name: _value(table, kind.of, item, f'{path}[{name}]')
                for name, item in value.items()}
    if isinstance(kind, Enum):
        if isinstance(value, int):
            value = kind.numbers.get(value, value)
        if not isinstance(value, str) or value not in kind.names:
            raise _invalid(path, 'TYPE_ENUM', value)
        return value
    if kind in _SCALARS:
        if not _SCALARS[kind](value):
            raise _invalid(path, f'TYPE_{kind.upper()}', value)
        return value
    return checked(table, kind, value, path)


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_integer(value, bits):
    if isinstance(value, str) and re.fullmatch(r'-?[0-9]{1,20}', value):
        value = int(value)
    return _is_number(value) and value == int(value) and -2 ** (bits - 1) <= value < 2 ** (bits - 1)


def _is_bytes(value):
    try:
        base64.b64decode(value.replace('-', '+').replace('_', '/'), validate=True)
        return True
    except (AttributeError, binascii.Error, ValueError):
        return False


_SCALARS = {
    'any': lambda value: True,
    'string': lambda value: isinstance(value, str),
    'bool': lambda value: isinstance(value, bool),
    'int32': lambda value: _is_integer(value, 32),
    'int64': lambda value: _is_integer(value, 64),
    'double': _is_number,
    'bytes': _is_bytes,
    'duration': lambda value: isinstance(value, str) and bool(
        re.fullmatch(r'-?[0-9]{1,12}(\.[0-9]{1,9})?s', value)),
}
