import { imageType } from '../model/image.js';
import { indented, parseExact } from '../model/json.js';
import type { Part } from '../model/part.js';
import { packed } from '../model/value.js';
import { el } from './element.js';
import { JsonTree } from './jsontree.js';

/** How a part can be looked at. */
export const looks = ['JSON', 'text', 'MessagePack', 'image', 'hex'] as const;
export type Look = (typeof looks)[number];

/** What a part is, as far as one can tell. */
export function bestLook(part: Part): Look {
  if (part.json !== undefined) return 'JSON';
  if (imageType(part.bytes) !== undefined) return 'image';
  if (part.text !== undefined) return 'text';
  return packed(part) === undefined ? 'hex' : 'MessagePack';
}

/** Shows one part at a time, in one of the ways, and changes no more of the page than has changed. */
export class PartView {
  readonly root = el('div', { className: 'partview' });
  readonly #tree = new JsonTree();
  readonly #pre = el('pre', { className: 'data', tabIndex: 0, 'data-testid': 'inspected' });
  readonly #image = el('img', { alt: 'The part as an image', 'data-testid': 'image' });
  #shown: Part | undefined;
  #look: Look | undefined;

  show(part: Part, look: Look): void {
    if (part === this.#shown && look === this.#look) return;
    this.#shown = part;
    this.#look = look;
    const node = this.#draw(part, look);
    if (this.root.firstChild !== node) this.root.replaceChildren(node);
  }

  #draw(part: Part, look: Look): HTMLElement {
    switch (look) {
      case 'JSON':
        if (part.text !== undefined && indented(part.text) !== undefined) return this.#asTree(parseExact(part.text));
        return this.#asText('This is no JSON.', '');
      case 'MessagePack': {
        const value = packed(part);
        return value === undefined ? this.#asText('This is no MessagePack.', '') : this.#asTree(value);
      }
      case 'image':
        return this.#asImage(part);
      case 'text':
        return this.#asText(part.text ?? new TextDecoder().decode(part.bytes), '');
      case 'hex':
        return this.#asText(part.dump(), 'hex');
    }
  }

  #asTree(value: unknown): HTMLElement {
    this.#tree.show(value);
    return this.#tree.root;
  }

  #asText(text: string, also: string): HTMLElement {
    this.#pre.className = `data ${also}`;
    this.#pre.textContent = text || '(empty)';
    return this.#pre;
  }

  #asImage(part: Part): HTMLElement {
    const type = imageType(part.bytes);
    if (type === undefined) return this.#asText('This is no image that browsers know.', '');
    if (part.cut) return this.#asText('The image is too large: only its beginning is kept.', '');
    const old = this.#image.src;
    this.#image.src = URL.createObjectURL(new Blob([part.bytes as Uint8Array<ArrayBuffer>], { type }));
    if (old !== '') URL.revokeObjectURL(old);
    return this.#image;
  }
}
