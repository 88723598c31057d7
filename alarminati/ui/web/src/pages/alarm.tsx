export default function AlarmPage(_: { cluster: string; fingerprint: string }) {
  return null;
}
