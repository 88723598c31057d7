export default function FirstPage(_: { first: boolean }) {
  return null;
}
