/**
 * How well a name and its keywords fit what was typed, 0 to 1. Each typed word must be found: at the start of a
 * word best, inside one less, as scattered letters only in the name itself and least of all.
 */
export function match(name: string, keywords: readonly string[], typed: string): number {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return 1;
  const scores = words.map((word) => score(name.toLowerCase(), keywords, word));
  return scores.includes(0) ? 0 : scores.reduce((sum, s) => sum + s, 0) / scores.length;
}

function score(name: string, keywords: readonly string[], word: string): number {
  if (name === word) return 1;
  if (name.startsWith(word)) return 0.95;
  if (starts(name, word)) return 0.9;
  if (keywords.some((keyword) => starts(keyword.toLowerCase(), word))) return 0.7;
  if (name.includes(word)) return 0.6;
  return scattered(name, word) ? 0.1 : 0;
}

const starts = (text: string, word: string) => text.split(/[\s._-]+/).some((part) => part.startsWith(word));

function scattered(name: string, word: string) {
  let at = -1;
  for (const letter of word) {
    at = name.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return word.length > 1;
}
