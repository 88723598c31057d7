/** Numbers as bars, with a text for readers where the bars say something of their own. */
export function Bars({
  values,
  width,
  height,
  label,
  className,
}: {
  values: readonly number[];
  width: number;
  height: number;
  label?: string;
  className?: string;
}) {
  const most = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  const gap = Math.min(2, step / 4);
  return (
    <svg
      className={className}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      {values.map((value, index) => {
        const tall = Math.max(1, (value / most) * height);
        // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
        return <rect key={index} x={index * step} y={height - tall} width={step - gap} height={tall} />;
      })}
    </svg>
  );
}
