import type { Command } from "../keys/bindings";
import { shown } from "../keys/bindings";
import { chordOf } from "../keys/keyboard";

/** The key of a command, shown on its button; nothing while shortcuts are off. */
export function Key({ command }: { command: Command }) {
  const chord = chordOf(command);
  return chord ? (
    <span className="kbd" aria-hidden="true">
      {shown(chord)}
    </span>
  ) : null;
}
