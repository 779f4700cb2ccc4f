/** localStorage that is allowed to be missing, full or forbidden. */
export function load(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function save(key: string, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    /* a preference that cannot be kept is not worth an error */
  }
}
