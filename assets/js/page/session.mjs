/** The session of this browser: what to do when it is over. */

const ASK_MS = 5_000;
const HOUR_MS = 3_600_000;

/** Leaves for the page on which people sign in, which leads back here. @param {string} why */
export function signIn(why) {
  const here = encodeURIComponent(location.pathname + location.search);
  location.assign(`/login?why=${why}&next=${here}`);
}

/** Why a websocket was refused, which itself says nothing: the node does, if it answers at all; else "". */
export async function whyRefused() {
  try {
    const answer = await fetch("/live", { signal: AbortSignal.timeout(ASK_MS) });
    if (answer.status === 401) signIn("ended");
    return answer.status === 503 ? String((await answer.json()).reason) : "";
  } catch {
    return ""; // no answer: the link is lost, and the page stays
  }
}

async function signInIfAsked() {
  try {
    const answer = await fetch("/api/v1/session", { signal: AbortSignal.timeout(ASK_MS) });
    if (answer.status === 401) signIn("ended");
  } catch {
    // no answer: the link is lost, and the page stays
  }
}

/** A page that is looked at for weeks asks for nothing but its stream: now and then its session is used. */
export function keepSession() {
  setInterval(() => void signInIfAsked(), HOUR_MS);
}
