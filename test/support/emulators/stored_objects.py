"""What an emulated store keeps: objects in memory, with the byte ranges of HTTP."""

import email.utils
import hashlib
import re
import time


class BadRange(ValueError):
    """No byte of the object lies in the wanted range."""


class StoredObject:
    """One object. `writes` counts how often its key was written, for exactly-once tests."""

    def __init__(self, body, content_type, metadata, writes=1):
        self.body = body
        self.content_type = content_type
        self.metadata = metadata
        self.writes = writes
        self.modified = time.time()

    @property
    def md5(self):
        return hashlib.md5(self.body).hexdigest()

    @property
    def etag(self):
        return f'"{self.md5}"'

    @property
    def last_modified(self):
        return email.utils.formatdate(self.modified, usegmt=True)

    @property
    def modified_iso(self):
        return time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime(self.modified))

    def summary(self):
        """For state(): enough to tell what is stored, without the bytes."""
        return {'bytes': len(self.body), 'sha256': hashlib.sha256(self.body).hexdigest(),
                'content_type': self.content_type, 'metadata': self.metadata,
                'writes': self.writes}


def byte_range(header, size):
    """(first, last) of a Range header, or None when the whole object is wanted.

    A form that HTTP does not define is ignored, as RFC 9110 says; so are several ranges.
    """
    match = re.fullmatch(r'bytes=([0-9]{0,18})-([0-9]{0,18})', header or '')
    if not match or match.group(1) == match.group(2) == '':
        return None
    first, last = match.groups()
    if first == '':
        first, last = max(0, size - int(last)), size - 1
        if int(match.group(2)) == 0:
            raise BadRange
        return (first, last) if size else None
    first, last = int(first), min(int(last or size - 1), size - 1)
    if match.group(2) and int(match.group(2)) < first:
        return None
    if first >= size:
        raise BadRange
    return first, last
