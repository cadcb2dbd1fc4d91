import { demoAddress } from '../dom/demo.js';
import { el, find } from '../dom/element.js';
import type { Opening } from '../model/opening.js';
import { type Preset, presets } from '../model/preset.js';

/** Lists the services of the demo; a click opens a socket to one, here and wherever else the page offers one. */
export function drawPresets(open: (opening: Opening) => void): void {
  for (const preset of presets) {
    find('presets').append(entry(preset, open));
    for (const offer of document.querySelectorAll(`[data-preset="${preset.id}"]`)) {
      offer.addEventListener('click', () => open(openingOf(preset)));
    }
  }
}

function openingOf(preset: Preset): Opening {
  const { kind, topics = [] } = preset;
  return { kind, address: demoAddress(kind), params: {}, topics, preset };
}

function entry(preset: Preset, open: (opening: Opening) => void): HTMLElement {
  const { id, title, kind, says } = preset;
  const onclick = (): void => open(openingOf(preset));
  return el(
    'li',
    {},
    el(
      'button',
      { type: 'button', 'data-testid': `preset-${id}`, title: demoAddress(kind), onclick },
      el('b', {}, title, el('span', { className: 'tag', 'data-type': kind }, kind)),
      el('span', {}, says),
    ),
  );
}
