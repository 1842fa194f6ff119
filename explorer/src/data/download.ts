/** Hands bytes to the browser as a file to save. */
export function download(name: string, type: string, bytes: Uint8Array | string): void {
  // A view over any buffer is a valid part; the DOM types demand a non-shared one, which ours always is.
  const part = typeof bytes === 'string' ? bytes : (bytes as Uint8Array<ArrayBuffer>);
  const url = URL.createObjectURL(new Blob([part], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** What a record's bundle is called on disk. */
export function bundleName(chain: string, index: number): string {
  return `${chain}-${index}.hufu.json`;
}
