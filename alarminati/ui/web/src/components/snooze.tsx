import { useTexts } from "../i18n/texts";
import { clock } from "../lib/time";
import { Menu } from "./menu";

const MINUTE = 60_000;

/** Moments to which a person puts something off, the next ones first. */
export function laterTimes(
  now: number,
): { id: "minutes30" | "hours2" | "evening" | "tomorrow" | "monday"; at: number }[] {
  const day = (days: number, hour: number) => {
    const date = new Date(now);
    date.setDate(date.getDate() + days);
    return date.setHours(hour, 0, 0, 0);
  };
  const toMonday = (8 - new Date(now).getDay()) % 7 || 7;
  return [
    { id: "minutes30" as const, at: now + 30 * MINUTE },
    { id: "hours2" as const, at: now + 120 * MINUTE },
    { id: "evening" as const, at: day(0, 18) },
    { id: "tomorrow" as const, at: day(1, 9) },
    { id: "monday" as const, at: day(toMonday, 9) },
  ].filter(({ at }) => at > now);
}

/** Name such a moment: "2시간", "내일 09:00". */
export function useLaterName() {
  const t = useTexts();
  return (id: string, at: number) => {
    if (id === "minutes30") return t.minutes30;
    if (id === "hours2") return t.hours2;
    const time = clock(at, true);
    return id === "evening" ? t.today(time) : id === "tomorrow" ? t.tomorrow(time) : t.monday(time);
  };
}

/** When to see an alarm again; for this person only. */
export function SnoozeMenu({ onPick, onClose }: { onPick: (until: number) => void; onClose: () => void }) {
  const t = useTexts();
  const named = useLaterName();
  return (
    <Menu label={t.snoozeTitle} onClose={onClose}>
      {laterTimes(Date.now())
        .filter(({ id }) => id !== "evening")
        .map(({ id, at }) => (
          <button
            key={id}
            type="button"
            role="menuitem"
            onClick={() => {
              onClose();
              onPick(at);
            }}
          >
            {named(id, at)}
            <small>{clock(at, true)}</small>
          </button>
        ))}
    </Menu>
  );
}
