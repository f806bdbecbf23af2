/** The users that a development gateway makes tokens for; any other has none. */

/**
 * @returns {Promise<{user_id: string, role: string}[]>} Empty where there are none, or the gateway does not answer.
 */
export async function listDemoUsers() {
  try {
    const { users } = await ask("users");
    return users;
  } catch {
    return [];
  }
}

/**
 * A new token of a demo user.
 *
 * @param {string} userId
 * @returns {Promise<string>}
 */
export async function demoToken(userId) {
  const { token } = await ask(`token/${encodeURIComponent(userId)}`);
  return token;
}

async function ask(path) {
  const answer = await fetch(`/api/demo/${path}`, { cache: "no-store" });
  if (!answer.ok) {
    throw new Error(`the gateway answered ${answer.status}`);
  }
  return answer.json();
}
