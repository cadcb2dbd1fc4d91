import { KEEP, type Part } from '../model/part.js';
import { el } from './element.js';
import { size } from './format.js';
import { highlight } from './highlight.js';

/** The parts of a message in full, each under a line that says what it is. */
export function showParts(parts: readonly Part[]): HTMLElement[] {
  return parts.map((part, i) => {
    const [kind, content] = contentOf(part);
    const place = parts.length > 1 ? `Part ${i + 1} of ${parts.length}, ` : '';
    const cut = part.size > KEEP ? `, here the first ${size(KEEP)}` : '';
    return el(
      'div',
      {},
      el('div', { className: 'label' }, `${place}${kind}, ${size(part.size)}${cut}`),
      el('pre', { className: kind === 'binary' ? 'data hex' : 'data', tabIndex: 0, 'data-testid': 'data' }, content),
    );
  });
}

function contentOf(part: Part): [kind: string, content: Node | string] {
  const { json, text } = part;
  if (json !== undefined) return ['JSON', highlight(json)];
  if (text !== undefined) return ['text', text || '(empty)'];
  return ['binary', part.dump()];
}
