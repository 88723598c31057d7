import { useEffect, useRef } from "react";
import { type Bindings, type Command, DEFAULTS, find, written } from "./bindings";

type Handler = (event: KeyboardEvent) => unknown;
export type Handlers = Partial<Record<Command, Handler>>;

const CHORD_MS = 1500;
const stack: { current: Handlers }[] = [];
let bindings: Bindings = DEFAULTS;
let enabled = true;
let pending = "";
let pendingUntil = 0;

/** Take the person's own keys, or none at all: WCAG 2.1.4. */
export function configureKeys(next: { enabled: boolean; bindings: Bindings }): void {
  ({ enabled, bindings } = next);
}

/** Return the first chord of a command, or "" while keys are off. */
export function chordOf(command: Command): string {
  return enabled ? (bindings[command][0] ?? "") : "";
}

/** Return every chord of a command. */
export const allChords = (command: Command): readonly string[] => bindings[command];

function inField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
}

/** Controls answer Enter themselves, and a text that is being composed belongs to its field. */
function leaveAlone(event: KeyboardEvent, stroke: string): boolean {
  if (event.isComposing || event.defaultPrevented) return true;
  const anywhere = stroke === "Escape" || stroke.startsWith("Control+") || stroke.startsWith("Meta+");
  if (inField(event.target) && !anywhere) return true;
  const control =
    event.target instanceof Element &&
    event.target.closest("a[href], button, summary, input, [role=option], [role=menuitem]");
  return stroke === "Enter" && Boolean(control);
}

function onKeydown(event: KeyboardEvent): void {
  const stroke = written(event);
  if (leaveAlone(event, stroke)) return;
  const plain = stroke === "Escape" || stroke === "Enter" || stroke.startsWith("Arrow");
  if (!enabled && !plain) return;
  const chord = performance.now() < pendingUntil ? pending : "";
  const found = find(bindings, chord, stroke);
  pending = "";
  if (found === "pending") {
    pending = chord ? `${chord} ${stroke}` : stroke;
    pendingUntil = performance.now() + CHORD_MS;
    event.preventDefault();
    return;
  }
  if (found) run(found, event);
}

/** Run a command in the newest scope that knows it; a scope refuses by returning false. */
export function run(command: Command, event: KeyboardEvent = new KeyboardEvent("keydown")): void {
  for (const scope of [...stack].reverse()) {
    const handler = scope.current[command];
    if (!handler) continue;
    if (handler(event) === false) continue;
    event.preventDefault();
    return;
  }
}

/** Listen for keys, once for the whole page. */
export function useKeyboard(): void {
  useEffect(() => {
    window.addEventListener("keydown", onKeydown);
    return () => window.removeEventListener("keydown", onKeydown);
  }, []);
}

/** Offer commands while the component is shown. */
export function useCommands(handlers: Handlers, active = true): void {
  const scope = useRef<Handlers>(handlers);
  scope.current = handlers;
  useEffect(() => {
    if (!active) return;
    stack.push(scope);
    return () => {
      stack.splice(stack.indexOf(scope), 1);
    };
  }, [active]);
}
