/** What a key can do. */
export type Command =
  | "down"
  | "up"
  | "open"
  | "back"
  | "select"
  | "extendDown"
  | "extendUp"
  | "selectAll"
  | "search"
  | "severity1"
  | "severity2"
  | "severity3"
  | "severity4"
  | "fresh"
  | "previous"
  | "next"
  | "acknowledge"
  | "done"
  | "snooze"
  | "silence"
  | "note"
  | "resolve"
  | "undo"
  | "copy"
  | "help"
  | "palette"
  | "join"
  | "goAlarms"
  | "goClusters"
  | "goChannels"
  | "goSilences"
  | "goStatistics"
  | "goSettings";

export type Bindings = Record<Command, readonly string[]>;

/** Strokes by `KeyboardEvent.code`, so that they hold with a Hangul keyboard too. */
export const DEFAULTS: Bindings = {
  down: ["KeyJ", "ArrowDown"],
  up: ["KeyK", "ArrowUp"],
  open: ["Enter", "KeyO"],
  back: ["KeyU", "Escape"],
  select: ["KeyX"],
  extendDown: ["Shift+KeyJ", "Shift+ArrowDown"],
  extendUp: ["Shift+KeyK", "Shift+ArrowUp"],
  selectAll: ["Shift+KeyX"],
  search: ["Slash"],
  severity1: ["Digit1"],
  severity2: ["Digit2"],
  severity3: ["Digit3"],
  severity4: ["Digit4"],
  fresh: ["Period"],
  previous: ["BracketLeft"],
  next: ["BracketRight"],
  acknowledge: ["KeyA"],
  done: ["KeyE"],
  snooze: ["KeyH"],
  silence: ["KeyS"],
  note: ["KeyC"],
  resolve: ["KeyR"],
  undo: ["KeyZ"],
  copy: ["KeyY"],
  help: ["Shift+Slash"],
  palette: ["Control+KeyK", "Meta+KeyK"],
  join: ["Shift+Equal", "NumpadAdd"],
  goAlarms: ["KeyG KeyA"],
  goClusters: ["KeyG KeyC"],
  goChannels: ["KeyG KeyH"],
  goSilences: ["KeyG KeyS"],
  goStatistics: ["KeyG KeyT"],
  goSettings: ["KeyG Comma", "Comma"],
};

/** The parts of a KeyboardEvent that decide. */
export interface Stroke {
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/** Write a stroke as bindings do: "Shift+KeyX". */
export function written(stroke: Stroke): string {
  const held = [
    stroke.ctrlKey && "Control",
    stroke.altKey && "Alt",
    stroke.metaKey && "Meta",
    stroke.shiftKey && "Shift",
  ].filter(Boolean);
  return [...held, stroke.code].join("+");
}

/** Find what a stroke does after `pending`: a command, the start of a chord, or nothing. */
export function find(bindings: Bindings, pending: string, stroke: string): Command | "pending" | null {
  const typed = pending ? `${pending} ${stroke}` : stroke;
  let begins = false;
  for (const [command, chords] of Object.entries(bindings) as [Command, readonly string[]][]) {
    if (chords.includes(typed)) return command;
    begins ||= chords.some((chord) => chord.startsWith(`${typed} `));
  }
  return begins ? "pending" : null;
}

const SHOWN: Record<string, string> = {
  Slash: "/",
  Period: ".",
  Comma: ",",
  BracketLeft: "[",
  BracketRight: "]",
  Enter: "↵",
  Escape: "Esc",
  ArrowDown: "↓",
  ArrowUp: "↑",
  "Shift+Slash": "?",
  "Shift+Equal": "+",
  NumpadAdd: "+",
};

/** Show a chord as people read it: "G A", "⇧X", "Ctrl K". */
export function shown(chord: string): string {
  return chord
    .split(" ")
    .map(
      (stroke) =>
        SHOWN[stroke] ??
        stroke
          .split("+")
          .map(
            (part) =>
              SHOWN[part] ??
              part
                .replace(/^(Key|Digit)/, "")
                .replace("Control", "Ctrl")
                .replace("Meta", "⌘")
                .replace("Shift", "⇧"),
          )
          .join(" "),
    )
    .join(" ");
}
