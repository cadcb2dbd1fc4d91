import { button, el } from './element.js';

/** Puts a text into the clipboard, and says so for a moment on the button that was clicked. */
export async function copy(text: string, from: HTMLButtonElement): Promise<void> {
  const label = from.textContent;
  from.textContent = (await copied(text)) ? 'Copied' : 'Copy by hand';
  setTimeout(() => {
    from.textContent = label;
  }, 1200);
}

async function copied(text: string): Promise<boolean> {
  // Only pages from https, or from the machine itself, have a clipboard.
  const clipboard: Clipboard | undefined = navigator.clipboard;
  if (clipboard === undefined) return false;
  return clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}

/** A command for a shell, and a button that copies it. */
export function commandLine(text: string): HTMLElement {
  const label = button('Copy', 'copy', () => void copy(text, label));
  return el('div', { className: 'cmd' }, el('code', { tabIndex: 0 }, text), label);
}
