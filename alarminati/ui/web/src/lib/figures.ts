const KB = 1000;
const MB = KB * KB;
const GB = MB * KB;

/** Write bytes as megabytes without the unit: "1.65", "6". */
export function megabytes(bytes: number, digits?: number): string {
  const value = bytes / MB;
  if (digits !== undefined) return value.toFixed(digits);
  return String(Number(value.toFixed(value < 10 ? 1 : 0)));
}

/** Write bytes with their unit: "1.1 kB", "61 MB". */
export function bytes(count: number): string {
  if (count < KB) return `${count} B`;
  const [unit, name] = count < MB ? [KB, "kB"] : count < GB ? [MB, "MB"] : [GB, "GB"];
  const value = count / unit;
  return `${Number(value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0))} ${name}`;
}

/** Return a share in whole per cent. */
export const percent = (part: number, whole: number) => (whole ? Math.round((part / whole) * 100) : 0);
