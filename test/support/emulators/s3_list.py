"""S3's ListObjectsV2."""

import base64
import urllib.parse
from xml.sax.saxutils import escape

import s3_errors
from frame import Refusal, Reply

KEYS_MAX = 1000
KNOWN_QUERY = {'list-type', 'prefix', 'max-keys', 'delimiter', 'continuation-token', 'start-after',
               'encoding-type', 'fetch-owner', 'x-id'}


def answer(bucket, objects, query):
    """The keys of one bucket ({key: StoredObject}) in the order of their bytes."""
    asked = dict(query)
    if set(asked) - KNOWN_QUERY or asked.get('encoding-type', 'url') != 'url':
        raise Refusal(s3_errors.for_kind('400_argument'))
    prefix, delimiter = asked.get('prefix', ''), asked.get('delimiter', '')
    rows, token = _page(_rows(objects, prefix, delimiter, _start(asked)), _keys_max(asked))
    spell = urllib.parse.quote if 'encoding-type' in asked else str
    parts = [_element('Name', bucket), _element('Prefix', spell(prefix)),
             _element('KeyCount', len(rows)), _element('MaxKeys', _keys_max(asked)),
             _element('IsTruncated', 'true' if token else 'false')]
    if delimiter:
        parts.append(_element('Delimiter', spell(delimiter)))
    if 'encoding-type' in asked:
        parts.append(_element('EncodingType', 'url'))
    if token:
        parts.append(_element('NextContinuationToken', token))
    for name, stored in rows:
        parts.append(_contents(spell(name), stored) if stored else
                     f"<CommonPrefixes>{_element('Prefix', spell(name))}</CommonPrefixes>")
    return Reply(200, '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult '
                 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' + ''.join(parts)
                 + '</ListBucketResult>', {'Content-Type': 'application/xml'})


def _keys_max(asked):
    text = asked.get('max-keys', str(KEYS_MAX))
    if not text.isdecimal() or len(text) > 9:
        raise Refusal(s3_errors.for_kind('400_argument', {'ArgumentName': 'max-keys',
                                                          'ArgumentValue': text}))
    return min(int(text), KEYS_MAX)


def _start(asked):
    """The key after which the page begins."""
    if 'continuation-token' not in asked:
        return asked.get('start-after', '')
    try:
        return base64.b64decode(asked['continuation-token'], validate=True).decode('utf-8')
    except ValueError as error:
        raise Refusal(s3_errors.for_kind('400_argument', {
            'ArgumentName': 'continuation-token'})) from error


def _rows(objects, prefix, delimiter, start):
    """(name, object) of keys and (name, None) of common prefixes."""
    rows = {}
    for key in sorted(objects, key=lambda key: key.encode('utf-8')):
        if not key.startswith(prefix):
            continue
        rest = key[len(prefix):]
        if delimiter and delimiter in rest:
            name, stored = prefix + rest.partition(delimiter)[0] + delimiter, None
        else:
            name, stored = key, objects[key]
        if name > start:
            rows.setdefault(name, stored)
    return list(rows.items())


def _page(rows, keys_max):
    """The first rows, and the token for the rest (none after a page of no rows)."""
    page = rows[:keys_max]
    if not page or len(page) == len(rows):
        return page, ''
    return page, base64.b64encode(page[-1][0].encode('utf-8')).decode('ascii')


def _contents(name, stored):
    return '<Contents>' + ''.join((
        _element('Key', name), _element('LastModified', stored.modified_iso),
        _element('ETag', stored.etag), _element('Size', len(stored.body)),
        _element('StorageClass', 'STANDARD'))) + '</Contents>'


def _element(name, value):
    return f'<{name}>{escape(str(value))}</{name}>'
