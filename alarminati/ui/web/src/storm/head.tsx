export default function StormHead(_: Record<string, unknown>) {
  return null;
}
