const FINAL_DIGITS = "013678"; // 영 일 삼 육 칠 팔 end in a consonant

/** Say whether a word ends in a consonant when it is read in Korean; null when nobody can know. */
function endsInConsonant(word: string): boolean | null {
  const last = word.replace(/[)\]"'”’]+$/, "").at(-1) ?? "";
  const code = last.charCodeAt(0) - 0xac00;
  if (code >= 0 && code < 11172) return code % 28 !== 0;
  if (/\d/.test(last)) return FINAL_DIGITS.includes(last);
  if (/[A-Z]/.test(last)) return "LMNR".includes(last);
  return null;
}

/** Put the right one of two particles behind a word: 이/가, 을/를. */
export function particle(word: string, consonant: string, vowel: string): string {
  const ends = endsInConsonant(word);
  return word + (ends === null ? `${consonant}(${vowel})` : ends ? consonant : vowel);
}
