import { find } from '../dom/element.js';
import type { Connection } from '../model/connection.js';

/** Asks who somebody is, where the bridge wants to know. What is typed stays in memory, and goes to that bridge only. */
export class LoginForm {
  readonly #form = find('login', HTMLFormElement);
  readonly #user = find('user', HTMLInputElement);
  readonly #secret = find('secret', HTMLInputElement);

  constructor(connection: Connection) {
    connection.watch({
      changed: ({ state, code }) => {
        const wanted = state === 'closed' && code === 'unauthenticated';
        const appears = wanted && this.#form.hidden;
        if (state === 'connected' || wanted) this.#form.hidden = !wanted;
        if (appears) this.#secret.focus();
      },
    });
    find('loginopen').addEventListener('click', () => {
      this.#form.hidden = !this.#form.hidden;
      if (!this.#form.hidden) this.#secret.focus();
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const [user, secret] = [this.#user.value.trim(), this.#secret.value.trim()];
      this.#secret.value = '';
      if (secret !== '') connection.logIn(user === '' ? { token: secret } : { user, password: secret });
    });
  }
}
