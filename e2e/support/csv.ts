/** The cells of a file, as RFC 4180 has them. */
export function parsed(text: string): string[][] {
  const rows: string[][] = [];
  let cells: string[] = [];
  for (const [, , quoted, end] of text.matchAll(/("((?:[^"]|"")*)")(,|\r\n)/g)) {
    cells.push((quoted ?? '').replaceAll('""', '"'));
    if (end === '\r\n') {
      rows.push(cells);
      cells = [];
    }
  }
  return rows;
}
