"""What real services do to answers that are good otherwise: `says:NAME` (of the text of a
model) and `sound:NAME` (of a sound, bare or as base64 in JSON).

An answer that a quirk does not fit stays as it is.
"""

import base64
import json
import struct

import sounds
from frame import Reply

NO_WORDS = '<speak version="1.1"> </speak>'


def _analysis(change):
    """A quirk of the JSON of an analysis."""
    def says(text):
        answer = json.loads(text)
        if 'feedback' in answer:
            change(answer)
        return json.dumps(answer, ensure_ascii=False)
    return says


def _ssml(change):
    """A quirk of each SSML document."""
    def says(text):
        answer = json.loads(text)
        answer['segments'] = [change(one) for one in answer.get('segments', [])] or None
        return json.dumps({name: of for name, of in answer.items() if of is not None},
                          ensure_ascii=False)
    return says


def _inside(before, after=''):
    return _ssml(lambda ssml: ssml.replace('<s>', before + '<s>').replace('</s>', '</s>' + after))


def _items(answer):
    answer['feedback'] = answer['feedback'] + answer['feedback'][:1] + [
        {**answer['feedback'][0], 'confidence': 1.0000001, 'impact': -0.1, 'category': ''}]


def _metrics(answer):
    unit = 'words in each minute of continuous speech'
    answer['metrics'] = [{'key': 'Filler Words', 'value': 3, 'unit': unit},
                         {'key': 'fillerWords', 'value': '4 wpm', 'unit': ''},
                         {'key': 'pauses', 'value': None, 'unit': 's'}]


def _long(answer):
    answer['title'] = 'Rehearsal ' * 30
    answer['feedback'][0]['message'] = 'Look at the camera. ' * 300


_SAYS = {
    'bom': lambda text: '\ufeff' + text,
    'comma': lambda text: text[:-1] + ', }',
    'control': lambda text: text.replace('e', '\x01e', 1).replace('": "', '": "\\u0000', 1),
    'fence': lambda text: f'```json\n{text}\n```',
    'fence_in_line': lambda text: f'```json {text} ```',
    'key_twice': lambda text: '{"title": "draft", "feedback": [], "segments": [], ' + text[1:],
    'prose': lambda text: f'Here it is:\n{text}\nDo you need {{more}}?',
    'string': json.dumps,
    'think': lambda text: f'<think>What is {{asked}}?</think>{text}',
    'think_fence': lambda text: f'<think>"{{</think>\n```\n{text}\n```',
    'equal_items': _analysis(_items),
    'long_texts': _analysis(_long),
    'metric_names': _analysis(_metrics),
    'break_12s': _inside('<break time="12s"/>'),
    'elements': _inside('<voice name="x"><mark name="a"/>', '</voice>'),
    'entities': _inside('&nbsp;', ' R&D '),
    'no_words': _ssml(lambda _: NO_WORDS),
    'other_words': _ssml(lambda _: '<speak version="1.1">Something else is said here.</speak>'),
    'outside': _ssml(lambda ssml: f'Sure: {ssml} Done.'),
}


def _wav(pcm_like):
    return pcm_like if pcm_like.startswith(b'RIFF') else sounds.wav_of(pcm_like, 24000)


def _sizes(sound, size):
    data = sound.find(b'data')
    if not sound.startswith(b'RIFF') or data < 0:
        return sound
    return sound[:4] + size + sound[8:data + 4] + size + sound[data + 8:]


def _mp3(sound):
    del sound
    return sounds.speech('A sentence of some seven words here.', 24000, 'mp3', 'tone')


_SOUNDS = {
    'mp3': _mp3,
    'sizes_0': lambda sound: _sizes(sound, bytes(4)),
    'sizes_7f': lambda sound: _sizes(sound, struct.pack('<I', 0x7FFFFFFF)),
    'sizes_ff': lambda sound: _sizes(sound, b'\xff' * 4),
    'wav': lambda sound: sounds.wav_of(sounds.tone(2, 24000), 24000),
    'wav_twice': lambda sound: _wav(sound) + _wav(sound),
    'wav_twice_streamed': lambda sound: _sizes(_wav(sound), b'\xff' * 4) + _wav(sound),
}


def _copy(reply, body):
    return Reply(reply.status, body, reply.headers, reply.chunked)


def says(reply, name):
    """The reply of a model whose text has the quirk."""
    try:
        body = json.loads(reply.body)
    except ValueError:
        return reply
    if name == 'reasoning' and 'choices' in body:
        message = body['choices'][0]['message']
        message.update(reasoning_content=message['content'], content=None)
    elif 'choices' in body:
        message = body['choices'][0]['message']
        message['content'] = _SAYS[name](message['content'])
    elif 'candidates' in body:
        part = body['candidates'][0]['content']['parts'][-1]
        if 'text' in part:
            part['text'] = _SAYS[name](part['text'])
    return _copy(reply, json.dumps(body).encode())


def sound(reply, name):
    """The reply whose sound has the quirk."""
    change = _SOUNDS[name]
    if reply.body[:1] != b'{':
        return _copy(reply, change(reply.body))
    body = json.loads(reply.body)
    holder, member = body, 'audioContent'
    if 'candidates' in body:
        holder, member = body['candidates'][0]['content']['parts'][0]['inlineData'], 'data'
    if member in holder:
        holder[member] = base64.b64encode(change(base64.b64decode(holder[member]))).decode()
    return _copy(reply, json.dumps(body).encode())


SAYS_NAMES = (*sorted(_SAYS), 'reasoning')
SOUND_NAMES = tuple(sorted(_SOUNDS))
