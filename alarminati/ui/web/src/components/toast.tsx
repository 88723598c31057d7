import { useEffect } from "react";
import { useTexts } from "../i18n/texts";
import { useCommands } from "../keys/keyboard";
import { createStore, useStore } from "../lib/store";
import { Key } from "./key";

interface Message {
  id: number;
  text: string;
  undo: (() => void) | undefined;
}

export const UNDO_MS = 10_000;
const shownToast = createStore<Message | null>(null);
let last = 0;

/** Say something for ten seconds, with a way to undo it. */
export function toast(text: string, undo?: () => void): void {
  last += 1;
  shownToast.set({ id: last, text, undo });
}

/** The one toast of the page, with the key that undoes. */
export function Toaster() {
  const t = useTexts();
  const message = useStore(shownToast);
  useEffect(() => {
    if (!message) return;
    const timer = setTimeout(() => shownToast.set(null), UNDO_MS);
    return () => clearTimeout(timer);
  }, [message]);
  const undo = () => {
    if (!message?.undo) return false;
    message.undo();
    shownToast.set(null);
    return true;
  };
  useCommands({ undo });
  return (
    <div className="toaster" role="status">
      {message && (
        <span className="toast">
          <span>{message.text}</span>
          {message.undo && (
            <button type="button" onClick={undo}>
              {t.undo}
              <Key command="undo" />
            </button>
          )}
        </span>
      )}
    </div>
  );
}
