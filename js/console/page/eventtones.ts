import { count } from '../dom/format.js';
import type { Interruption, TimelineEvent } from '../model/timeline.js';

/** How an interruption is coloured: with the names of colours of the style sheet. */
export const tones: Readonly<Record<Interruption, 'bad' | 'warn' | 'ok'>> = {
  gap: 'bad',
  drop: 'warn',
  down: 'warn',
  refused: 'bad',
  cut: 'bad',
  reset: 'bad',
  back: 'ok',
};

/** What it is called. */
export const labels: Readonly<Record<Interruption, string>> = {
  gap: 'Gap',
  drop: 'Left out',
  down: 'Down',
  refused: 'Refused',
  cut: 'Cut',
  reset: 'Session lost',
  back: 'Back',
};

/** Why it happened, and how many messages are missing, where that is known. */
export function why({ text, missed }: TimelineEvent): string {
  return missed > 0 ? `${count(missed)} messages: ${text}` : text;
}

/** An event in a line. */
export function about(event: TimelineEvent): string {
  return `${labels[event.what]}${event.where && `, ${event.where}`}: ${why(event)}`;
}
