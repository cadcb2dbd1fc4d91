/** Sets the text of an element where it differs: what stays the same is not laid out anew. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
