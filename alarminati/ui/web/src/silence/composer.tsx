export default function Composer(_: Record<string, unknown>) {
  return null;
}
