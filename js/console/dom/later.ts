const due = new Set<() => void>();
let next = 0;

/**
 * Runs each function once, soon, in an animation frame. Drawing gets a fifth of the time at most: messages go first.
 * A function that waits for its turn is not put there twice.
 */
export function later(draw: () => void): void {
  if (due.size === 0) setTimeout(() => requestAnimationFrame(drawAll), next - performance.now());
  due.add(draw);
}

function drawAll(): void {
  const start = performance.now();
  const all = [...due];
  due.clear();
  for (const draw of all) draw();
  // The browser has drawn when this runs, so that its own work is in the time that drawing took.
  setTimeout(() => {
    const now = performance.now();
    next = now + Math.min(500, Math.max(30, 4 * (now - start)));
  });
}
