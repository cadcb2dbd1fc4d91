import { demoAddress } from '../dom/demo.js';
import { el, find } from '../dom/element.js';
import type { Opening } from '../model/opening.js';
import { type Preset, presets } from '../model/preset.js';

/** Lists the services of the demo; a click opens a socket to one. */
export function drawPresets(open: (opening: Opening) => void): void {
  for (const preset of presets) find('presets').append(entry(preset, open));
}

function entry(preset: Preset, open: (opening: Opening) => void): HTMLElement {
  const { id, title, kind, says, topics = [] } = preset;
  const address = demoAddress(kind);
  const onclick = (): void => open({ kind, address, params: {}, topics, preset });
  return el(
    'li',
    {},
    el(
      'button',
      { type: 'button', 'data-testid': `preset-${id}`, title: address, onclick },
      el('b', {}, title, el('span', { className: 'tag', 'data-type': kind }, kind)),
      el('span', {}, says),
    ),
  );
}
