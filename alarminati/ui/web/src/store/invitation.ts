import { createStore } from "../lib/store";

const PREFIX = "alarminati-invite:";

/** A pasted invitation on its way to the join page; never in an address, a log or a history. */
export const offered = createStore("");

/** Find an invitation in a text that somebody pasted; empty when there is none. */
export function invitationIn(text: string): string {
  const at = text.indexOf(PREFIX);
  return at < 0 ? "" : (text.slice(at).match(/^\S+/)?.[0] ?? "");
}

/** Keep an invitation until the join page takes it. */
export function offerInvitation(text: string): void {
  offered.set(invitationIn(text));
}
