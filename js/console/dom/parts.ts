import { imageType } from '../model/image.js';
import { plain } from '../model/msgpack.js';
import type { Part } from '../model/part.js';
import { packed } from '../model/value.js';
import { el } from './element.js';
import { size } from './format.js';
import { highlight } from './highlight.js';
import { PartView } from './partview.js';

/** The parts of a message in full, each under a line that says what it is. */
export function showParts(parts: readonly Part[]): HTMLElement[] {
  return parts.map((part, i) => {
    const [kind, content] = contentOf(part);
    const place = parts.length > 1 ? `Part ${i + 1} of ${parts.length}, ` : '';
    const cut = part.cut ? `, here the first ${size(part.bytes.length)}` : '';
    return el('div', {}, el('div', { className: 'label' }, `${place}${kind}, ${size(part.size)}${cut}`), content);
  });
}

function contentOf(part: Part): [kind: string, content: HTMLElement] {
  const { json, text } = part;
  if (json !== undefined) return ['JSON', block(highlight(json))];
  if (imageType(part.bytes) !== undefined && !part.cut) return ['image', imageOf(part)];
  if (text !== undefined) return ['text', block(text || '(empty)')];
  const value = packed(part);
  if (value !== undefined) return ['MessagePack', block(highlight(JSON.stringify(value, plain, 2)))];
  return ['binary', block(part.dump(), 'hex')];
}

function block(content: Node | string, also = ''): HTMLElement {
  return el('pre', { className: `data ${also}`, tabIndex: 0, 'data-testid': 'data' }, content);
}

function imageOf(part: Part): HTMLElement {
  const view = new PartView();
  view.show(part, 'image');
  return view.root;
}
