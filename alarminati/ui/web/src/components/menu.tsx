import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";

/** Buttons below one another that arrows walk through; the caller shows and hides it. */
export function Menu({ label, onClose, children }: { label: string; onClose: () => void; children: ReactNode }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const away = (event: Event) => {
      if (event.target instanceof Node && !element.current?.contains(event.target)) onClose();
    };
    document.addEventListener("pointerdown", away);
    return () => {
      document.removeEventListener("pointerdown", away);
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [onClose]);
  const walk = (event: KeyboardEvent) => {
    const items = [...(element.current?.querySelectorAll<HTMLElement>("[role=menuitem]:not([disabled])") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1, KeyJ: 1, KeyK: -1 }[event.code];
    if (step) items.at((at + step) % items.length)?.focus();
    else if (event.code === "Escape" || event.code === "Tab") onClose();
    else if (event.code !== "Enter" && event.code !== "Space") return;
    event.stopPropagation();
    if (step || event.code === "Escape") event.preventDefault();
  };
  return (
    <div ref={element} className="menu" role="menu" aria-label={label} tabIndex={-1} onKeyDown={walk}>
      {children}
    </div>
  );
}
