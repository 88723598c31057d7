/** One choice of a few, as buttons. */
export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}) {
  return (
    <div className="line">
      <span>{label}</span>
      <span className="opts" role="radiogroup" aria-label={label}>
        {options.map(([one, text]) => (
          <label key={one} className="opt">
            <input type="radio" name={label} checked={value === one} onChange={() => onChange(one)} />
            <span>{text}</span>
          </label>
        ))}
      </span>
    </div>
  );
}

/** On or off, with its text. */
export function Switch({ on, text, onChange }: { on: boolean; text: string; onChange: (on: boolean) => void }) {
  return (
    <label className="switch">
      <input
        className="sw"
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>{text}</span>
    </label>
  );
}
