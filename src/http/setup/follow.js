// Follows an attempt: asks how far it is, and goes to its outcome. Without it the page loads itself again.
const pauseMs = 600;
const asked = new URL(location.href);
asked.searchParams.set('as', 'json');

async function follow() {
  try {
    const answer = await fetch(asked, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const { done, doors } = await answer.json();
    if (done) return location.reload();
    for (const [side, { state, text }] of Object.entries(doors ?? {})) {
      const line = document.querySelector(`[data-side="${side}"]`);
      if (!line || line.dataset.state === state) continue;
      line.dataset.state = state;
      line.querySelector('strong').textContent = text;
    }
    setTimeout(follow, pauseMs);
  } catch {
    setTimeout(follow, 3_000); // the network went away for a moment; the attempt goes on without us
  }
}

if (document.querySelector('[data-follow]')) setTimeout(follow, pauseMs / 2);
