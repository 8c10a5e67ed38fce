/** "Pull the cable": asks the server to leave this host's collector unanswered for ten seconds. */

import { setText } from "./dom.mjs";

const URL = "/api/v1/cable";
const SECONDS = 10;

/**
 * @param {HTMLButtonElement} button
 * @param {string} host
 */
export async function pullCable(button, host) {
  if (button.disabled) return;
  button.disabled = true;
  const before = button.textContent ?? "";
  try {
    const answer = await fetch(URL, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ host, seconds: SECONDS }),
    });
    if (!answer.ok) throw new Error(await reasonOf(answer));
    await countDown(button);
    setText(button, before);
  } catch (error) {
    setText(button, error instanceof Error ? error.message : "It did not work");
    await pause(5000);
    setText(button, before);
  } finally {
    button.disabled = false;
  }
}

/** @param {Response} answer */
async function reasonOf(answer) {
  try {
    const { reason } = await answer.json();
    return String(reason || answer.status);
  } catch {
    return `The server answered ${answer.status}`;
  }
}

/** @param {HTMLButtonElement} button */
async function countDown(button) {
  for (let left = SECONDS; left > 0; left -= 1) {
    setText(button, `Cable pulled · ${left} s`);
    await pause(1000);
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
