"""Gemini's Files API: resumable upload, polling, ownership, expiry.

Settings: polls (0: how many GETs say PROCESSING first), file_fails (0), not_visible (0: how many
GETs say 404 first), file_ttl_seconds (48 h).
"""

import base64
import hashlib
import re
import secrets
import time

import google_errors
import proto_json
from frame import JsonFault, Reply
from gemini_fields import FIELDS, MEDIA_TYPES

FILE_BYTES_MAX = 2 * 1024 ** 3
CHUNK_GRANULARITY = 256 * 1024
TTL_SECONDS = 48 * 3600
DISPLAY_NAME_CHARS_MAX = 512
COMMANDS = {'upload', 'finalize', 'query', 'cancel'}


class Upload:
    """One resumable upload: `size` announced, `received` so far."""

    def __init__(self, owner, file, size):
        self.owner = owner
        self.file = file
        self.size = size
        self.received = 0
        self.status = 'active'
        self.digest = hashlib.sha256()

    def take(self, data):
        self.received += len(data)
        self.digest.update(data)


class Files:
    """All files and uploads of one emulator; `service` gives settings and the lock."""

    def __init__(self, service):
        self._service = service
        self.uploads = {}
        self.files = {}

    def reset(self):
        self.uploads.clear()
        self.files.clear()

    def state(self):
        return {'files': {name: {'state': file['state'], 'owner': file['owner']}
                          for name, file in self.files.items()},
                'uploads': {name: {'status': upload.status, 'received': upload.received,
                                   'size': upload.size}
                            for name, upload in self.uploads.items()}}

    def handle_upload(self, request, owner):
        """POST /upload/v1beta/files: starts an upload, or goes on with one."""
        commands = {word.strip() for word in
                    request.headers.get('x-goog-upload-command', '').lower().split(',')}
        if commands == {'start'}:
            return self._start(request, owner)
        upload = self.uploads.get(request.query_get('upload_id', ''))
        if upload is None:
            raise google_errors.refusal(404, 'Upload not found.')
        if not commands <= COMMANDS:
            raise google_errors.refusal(400, f'Unknown upload command {sorted(commands)}.')
        if commands == {'query'}:
            return _progress(upload)
        if upload.status != 'active':
            raise google_errors.refusal(400, f'The upload is already {upload.status}.')
        if commands == {'cancel'}:
            upload.status = 'cancelled'
            return _progress(upload)
        return self._go_on(request, upload, commands)

    def keep_part(self, request):
        """A chunk broke off: whole granules of it are kept, as the real service does."""
        upload = self.uploads.get(request.query_get('upload_id', ''))
        offset = request.headers.get('x-goog-upload-offset', '')
        if upload and upload.status == 'active' and offset == str(upload.received):
            whole = len(request.body) // CHUNK_GRANULARITY * CHUNK_GRANULARITY
            upload.take(request.body[:min(whole, upload.size - upload.received)])

    def _start(self, request, owner):
        if request.headers.get('x-goog-upload-protocol', '').lower() != 'resumable':
            raise google_errors.refusal(400, 'X-Goog-Upload-Protocol must be resumable.')
        length = request.headers.get('x-goog-upload-header-content-length', '')
        if not re.fullmatch('[0-9]{1,15}', length):
            raise google_errors.refusal(400, 'X-Goog-Upload-Header-Content-Length is missing.')
        if int(length) > FILE_BYTES_MAX:
            raise google_errors.refusal(400, 'The file is larger than 2147483648 bytes.')
        media_type = request.headers.get('x-goog-upload-header-content-type', '')
        if media_type not in MEDIA_TYPES:
            raise google_errors.refusal(400, f'Unsupported MIME type: {media_type!r}')
        file = self._metadata(request)
        if file.get('sizeBytes', length) not in (length, int(length)):
            raise google_errors.refusal(400, 'sizeBytes differs from the announced length.')
        if file.setdefault('mimeType', media_type) != media_type:
            raise google_errors.refusal(400, 'mimeType differs from the announced type.')
        upload_id = secrets.token_urlsafe(24)
        self.uploads[upload_id] = Upload(owner, file, int(length))
        return Reply(200, b'', {
            'X-Goog-Upload-Status': 'active',
            'X-Goog-Upload-Chunk-Granularity': str(CHUNK_GRANULARITY),
            'X-Goog-Upload-URL': f'{request.base_url}/upload/v1beta/files?upload_id={upload_id}'
                                 '&upload_protocol=resumable'})

    def _metadata(self, request):
        if not request.body:
            return {}
        if request.content_type != 'application/json':
            raise google_errors.refusal(400, 'Content-Type must be application/json.')
        try:
            body = proto_json.checked(FIELDS, 'CreateFileRequest', request.json())
        except JsonFault as fault:
            raise google_errors.refusal(400, f'Invalid JSON payload received. {fault}') from fault
        except proto_json.Violation as violation:
            raise google_errors.invalid(violation) from violation
        file = body.get('file', {})
        name = file.get('name', 'files/a')
        if not re.fullmatch('files/[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?', name):
            raise google_errors.refusal(400, f'Invalid file name {name!r}.')
        if name in self.files:
            raise google_errors.refusal(409, f'File {name} already exists.', None,
                                        'ALREADY_EXISTS')
        if len(file.get('displayName', '')) > DISPLAY_NAME_CHARS_MAX:
            raise google_errors.refusal(400, 'display_name is longer than 512 characters.')
        return file

    def _go_on(self, request, upload, commands):
        if 'upload' in commands:
            offset = request.headers.get('x-goog-upload-offset', '')
            if offset != str(upload.received):
                raise google_errors.refusal(400, f'Offset {offset!r}, want {upload.received}.')
            if upload.received + len(request.body) > upload.size:
                raise google_errors.refusal(400, 'More bytes than announced.')
            if 'finalize' not in commands and len(request.body) % CHUNK_GRANULARITY:
                raise google_errors.refusal(400, 'A chunk must be a multiple of 262144 bytes.')
            upload.take(request.body)
        elif request.body:
            raise google_errors.refusal(400, 'A body without the command upload.')
        if 'finalize' not in commands:
            return _progress(upload)
        if upload.received != upload.size:
            raise google_errors.refusal(400, f'{upload.received} of {upload.size} bytes received.')
        upload.status = 'final'
        return Reply(200, {'file': self._created(request, upload)},
                     {'X-Goog-Upload-Status': 'final'})

    def _created(self, request, upload):
        name = upload.file.get('name') or f'files/{secrets.token_hex(6)}'
        now = time.time()
        ttl = self._service.number('file_ttl_seconds', TTL_SECONDS)
        self.files[name] = {
            'owner': upload.owner, 'state': 'PROCESSING', 'expires': now + ttl,
            'polls_left': int(self._service.number('polls')),
            'hidden_left': int(self._service.number('not_visible')),
            'fails': self._service.flag('file_fails'),
            'public': {
                'name': name, 'displayName': upload.file.get('displayName', ''),
                'mimeType': upload.file['mimeType'], 'sizeBytes': str(upload.size),
                'createTime': _stamp(now), 'updateTime': _stamp(now),
                'expirationTime': _stamp(now + ttl), 'source': 'UPLOADED',
                'sha256Hash': base64.b64encode(upload.digest.hexdigest().encode()).decode(),
                'uri': f'{request.base_url}/v1beta/{name}'}}
        self._settle(self.files[name])
        return _public(self.files[name])

    def _settle(self, file):
        if file['polls_left'] <= 0 and file['state'] == 'PROCESSING':
            file['state'] = 'FAILED' if file['fails'] else 'ACTIVE'

    def handle_file(self, request, owner, name):
        """GET and DELETE /v1beta/files/{id}."""
        file = self.find(name, owner)
        if request.method == 'DELETE':
            del self.files[name]
            return Reply(200, {})
        if file['hidden_left'] > 0:
            file['hidden_left'] -= 1
            raise google_errors.refusal(404, f'File {name} not found.')
        answer = _public(file)
        file['polls_left'] -= 1
        self._settle(file)
        return Reply(200, answer)

    def find(self, name, owner):
        """The living file of this key; anything else is the 403 that explains nothing."""
        file = self.files.get(name)
        if file and file['expires'] < time.time():
            del self.files[name]
            file = None
        if file is None or file['owner'] != owner:
            raise google_errors.refusal(403, 'You do not have permission to access the File '
                                             f"{name.removeprefix('files/')} or it may not exist.")
        return file

    def list(self, owner):
        """GET /v1beta/files."""
        mine = [_public(file) for file in self.files.values() if file['owner'] == owner]
        return Reply(200, {'files': mine} if mine else {})


def _public(file):
    answer = {**file['public'], 'state': file['state']}
    if file['state'] == 'FAILED':
        answer['error'] = {'code': 13, 'message': 'The video could not be processed.'}
    return answer


def _progress(upload):
    return Reply(200, b'', {'X-Goog-Upload-Status': upload.status,
                            'X-Goog-Upload-Size-Received': str(upload.received),
                            'X-Goog-Upload-Chunk-Granularity': str(CHUNK_GRANULARITY)})


def _stamp(moment):
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(moment)) + '.000000Z'
