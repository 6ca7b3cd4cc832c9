"""SSML as a tree, for emulators that judge it. Refuses what a careful XML reader refuses."""

import xml.parsers.expat
from xml.sax.saxutils import escape, quoteattr

DEPTH_MAX = 64
# What is passed on to espeak-ng; of every other element only the content is spoken.
SPOKEN = {'p', 's', 'break', 'prosody', 'emphasis', 'sub', 'say-as'}
UNSPOKEN = {'desc', 'metadata', 'meta', 'lexicon', 'audio'}


class SsmlFault(ValueError):
    """Not well-formed, not SSML, or with a document type."""


class Node:
    """An element. `children` holds nodes and strings; `space` is '' without namespaces."""

    def __init__(self, space, name, attributes, parent):
        self.space = space
        self.name = name
        self.attributes = attributes
        self.parent = parent
        self.children = []

    def elements(self):
        """This element and all below it, in the order of the document."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.elements()

    def text(self):
        """All character data below."""
        return ''.join(child if isinstance(child, str) else child.text()
                       for child in self.children)

    def has_ancestor(self, name):
        node = self.parent
        while node is not None and node.name != name:
            node = node.parent
        return node is not None


def parse(document, namespaces):
    """The root element. Without namespaces a name keeps its prefix ('amazon:effect')."""
    builder = _Builder()
    parser = xml.parsers.expat.ParserCreate(namespace_separator='}' if namespaces else None)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = builder.refuse_doctype
    parser.ProcessingInstructionHandler = builder.refuse_instruction
    try:
        parser.Parse(document, True)
    except (xml.parsers.expat.ExpatError, ValueError) as error:
        raise SsmlFault(str(error)) from error
    return builder.root


class _Builder:
    """Collects the tree from expat's events."""

    def __init__(self):
        self.root = None
        self._open = []

    def start(self, name, attributes):
        space, _, local = name.rpartition('}')
        node = Node(space, local, attributes, self._open[-1] if self._open else None)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        if len(self._open) > DEPTH_MAX:
            raise SsmlFault(f'elements nest deeper than {DEPTH_MAX}')

    def end(self, _):
        self._open.pop()

    def data(self, text):
        if self._open:
            self._open[-1].children.append(text)

    def refuse_doctype(self, *_):
        raise SsmlFault('a document type is not allowed')

    def refuse_instruction(self, *_):
        raise SsmlFault('a processing instruction is not allowed')


def plain(text):
    """Text without markup as SSML."""
    return '<speak>' + escape(text) + '</speak>'


def spoken(root):
    """The tree as SSML that espeak-ng understands; tags it does not know are left out."""
    return '<speak>' + _content(root) + '</speak>'


def _content(node):
    parts = []
    for child in node.children:
        if isinstance(child, str):
            parts.append(escape(child))
        elif child.name in SPOKEN:
            attributes = ''.join(f' {name}={quoteattr(value)}'
                                 for name, value in child.attributes.items() if '}' not in name)
            parts.append(f'<{child.name}{attributes}>{_content(child)}</{child.name}>')
        elif child.name not in UNSPOKEN:
            parts.append(_content(child))
    return ''.join(parts)
