import { useTexts } from "../i18n/texts";
import { Icon, type IconName } from "./icon";

export type SignName = "critical" | "error" | "warning" | "info" | "resolved" | "silent";

const WORDS = {
  critical: "CRITICAL",
  error: "ERROR",
  warning: "WARNING",
  info: "INFO",
  resolved: "resolved",
  silent: "silent",
} as const satisfies Record<SignName, string>;

/** Shape, word and colour together: colour never says anything alone. */
export function Sign({ name }: { name: SignName }) {
  const t = useTexts();
  return (
    <span className={`sign c-${name}`}>
      <Icon name={name as IconName} />
      <span className="word">{t[WORDS[name]]}</span>
    </span>
  );
}
