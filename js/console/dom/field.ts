import { failureOf } from '../model/failure.js';

/** Gives what read returns; or shows at the field why it threw, and gives undefined. */
export function checked<T>(field: HTMLElement, message: HTMLElement, read: () => T): T | undefined {
  let value: T | undefined;
  let wrong = '';
  let threw = false;
  try {
    value = read();
  } catch (thrown) {
    threw = true;
    wrong = failureOf(thrown).message;
  }
  field.setAttribute('aria-invalid', String(threw));
  message.hidden = !threw;
  message.textContent = wrong;
  return value;
}

/** Makes Enter submit the form of a textarea; Shift+Enter is a new line. */
export function sendOnEnter(event: KeyboardEvent): void {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (event.target instanceof HTMLTextAreaElement) event.target.form?.requestSubmit();
}
