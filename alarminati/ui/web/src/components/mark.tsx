/** Two letters and a tint for a cluster; filled only for PROD. */
export function Mark({ letters, tint, prod, gone }: { letters: string; tint: number; prod?: boolean; gone?: boolean }) {
  return (
    <span className={["mark", gone ? "gone" : `t${tint}`, prod && "prod"].filter(Boolean).join(" ")} aria-hidden="true">
      {letters}
    </span>
  );
}
